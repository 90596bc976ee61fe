// Gives the gradient of the vectors of a sample: one invocation for each number.

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
@group(0) @binding(2) var<storage, read> ddst: array<f32>;
@group(0) @binding(3) var<storage, read_write> dsrc: array<f32>;

fn pairs_before(i: u32) -> u32 {
  if (params.itself != 0u) { return i * (i + 1u) / 2u; }
  return select(0u, i * (i - 1u) / 2u, i > 0u);
}

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let place = place_of(group, groups, local);
  let inputs = params.vectors * params.cols;
  if (place >= params.samples * inputs) { return; }
  let sample = place / inputs;
  let vector = (place % inputs) / params.cols;
  let col = place % params.cols;
  let base = sample * inputs;
  let gradient = sample * params.outputs;
  var sum = 0.0;
  if (vector == 0u) { sum = ddst[gradient + col]; }
  for (var other = 0u; other < params.vectors; other++) {
    if (other == vector && params.itself == 0u) { continue; }
    let pair = pairs_before(max(vector, other)) + min(vector, other);
    let term = ddst[gradient + params.cols + pair] * src[base + other * params.cols + col];
    sum += select(term, 2.0 * term, other == vector);
  }
  dsrc[place] = sum;
}
