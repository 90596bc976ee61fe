// Finds the largest magnitude in each of some blocks of a table, as bits: those of a NaN are larger than all others.

struct Params {
  zero: u32,
  blocks: u32,
  // Elements of a block; the last may be shorter.
  block_length: u32,
  length: u32,
  groups_across: u32,
  // Place of the first block among the peaks.
  first_block: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
@group(0) @binding(3) var<storage, read_write> peaks: array<u32>;

var<workgroup> shared_peaks: array<u32, GROUP>;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let k = group.y * params.groups_across + group.x;
  var block = 0u;
  var peak = 0u;
  if (k < params.blocks) {
    block = blocks[k];
    let first = block * params.block_length;
    let last = min(first + params.block_length, params.length);
    for (var at = first + local; at < last; at += GROUP) { peak = max(peak, src[at] & 0x7fffffffu); }
  }
  shared_peaks[local] = peak;
  workgroupBarrier();
  for (var half = GROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { shared_peaks[local] = max(shared_peaks[local], shared_peaks[local + half]); }
    workgroupBarrier();
  }
  if (local == 0u && k < params.blocks) { peaks[params.first_block + block] = shared_peaks[0]; }
}
