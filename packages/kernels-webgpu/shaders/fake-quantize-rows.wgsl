// Writes the weights that codes of rows stand for, by the scales that the peaks of the rows, or of all of them, give.

struct Params {
  zero: u32,
  count: u32,
  // Weights that share a peak.
  span: u32,
  // 2^(bits − 1)
  half: f32,
  min_peak: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> peaks: array<f32>;
@group(0) @binding(3) var<storage, read_write> dst: array<f32>;

//! fake-quantized

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  zero = params.zero;
  let place = place_of(group, groups, local);
  if (place >= params.count) { return; }
  let scale = divide(max(peaks[place / params.span], params.min_peak), max(params.half - 1.0, 1.0));
  dst[place] = fake_quantized(src[place], scale, divide(1.0, scale), params.half);
}
