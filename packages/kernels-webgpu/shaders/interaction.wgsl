// Gives the first vector of a sample and the products of all pairs: one invocation for each number.

struct Params {
  zero: u32,
  samples: u32,
  vectors: u32,
  cols: u32,
  itself: u32,
  outputs: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let place = place_of(group, groups, local);
  if (place >= params.samples * params.outputs) { return; }
  let base = (place / params.outputs) * params.vectors * params.cols;
  let output = place % params.outputs;
  if (output < params.cols) {
    dst[place] = src[base + output];
    return;
  }
  // The pairs (i, j) of the rows before i are i(i − 1)/2, or i(i + 1)/2 with those of a vector with itself.
  let pair = output - params.cols;
  var i = u32(sqrt(f32(2u * pair)));
  while (i > 0u && pairs_before(i) > pair) { i--; }
  while (pairs_before(i + 1u) <= pair) { i++; }
  let left = base + i * params.cols;
  let right = base + (pair - pairs_before(i)) * params.cols;
  var sum = 0.0;
  for (var c = 0u; c < params.cols; c++) { sum += src[left + c] * src[right + c]; }
  dst[place] = sum;
}

fn pairs_before(i: u32) -> u32 {
  if (params.itself != 0u) { return i * (i + 1u) / 2u; }
  return select(0u, i * (i - 1u) / 2u, i > 0u);
}
