// Sums weighted rows of a matrix by segment, in the order of each segment: the gradient of each row that bags touched.
// Segments do not overlap, so that no two invocations write one number.

struct Params {
  zero: u32,
  segments: u32,
  cols: u32,
  stride: u32,
  offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> sources: array<u32>;
@group(0) @binding(3) var<storage, read> factors: array<f32>;
@group(0) @binding(4) var<storage, read> segments: array<u32>;
@group(0) @binding(5) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  zero = params.zero;
  let place = place_of(group, groups, local);
  if (place >= params.segments * params.cols) { return; }
  let segment = place / params.cols;
  let col = place % params.cols;
  var sum = 0.0;
  for (var k = segments[segment]; k < segments[segment + 1u]; k++) {
    sum = exact(sum + exact(factors[k] * src[sources[k] * params.stride + params.offset + col]));
  }
  dst[place] = sum;
}
