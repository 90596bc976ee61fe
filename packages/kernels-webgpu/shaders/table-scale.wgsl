// Gives the scale of symmetric codes that cover a table, from the peaks of its blocks; raises a flag where one is not finite.

struct Params {
  zero: u32,
  blocks: u32,
  // 2^(bits − 1)
  half: f32,
  min_peak: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> peaks: array<u32>;
@group(0) @binding(2) var<storage, read_write> scale: array<f32>;
@group(0) @binding(3) var<storage, read_write> found: atomic<u32>;

var<workgroup> shared_peaks: array<u32, GROUP>;

@compute @workgroup_size(GROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  var peak = 0u;
  for (var block = local; block < params.blocks; block += GROUP) { peak = max(peak, peaks[block]); }
  shared_peaks[local] = peak;
  workgroupBarrier();
  for (var rest = GROUP / 2u; rest > 0u; rest /= 2u) {
    if (local < rest) { shared_peaks[local] = max(shared_peaks[local], shared_peaks[local + rest]); }
    workgroupBarrier();
  }
  if (local != 0u) { return; }
  if (shared_peaks[0] >= 0x7f800000u) {
    atomicOr(&found, 1u);
    return;
  }
  scale[0] = divide(max(bitcast<f32>(shared_peaks[0]), params.min_peak), max(params.half - 1.0, 1.0));
}
