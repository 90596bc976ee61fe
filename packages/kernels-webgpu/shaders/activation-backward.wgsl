// Multiplies gradients by the derivative of the activation, given its result.

struct Params {
  zero: u32,
  count: u32,
  cols: u32,
  stride: u32,
  // 0 none, 1 relu, 2 sigmoid
  activation: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dy: array<f32>;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  zero = params.zero;
  let place = place_of(group, groups, local);
  if (place >= params.count) { return; }
  let at = (place / params.cols) * params.stride + place % params.cols;
  let result = y[at];
  if (params.activation == 1u) {
    // A product with a factor that no compiler knows: a NaN times 0 is NaN, and what is negative becomes −0.
    // The bits tell a subnormal result from zero, which a comparison may not.
    let passes = bitcast<i32>(result) > 0 || is_nan(result);
    dy[at] *= exact(select(0.0, 1.0, passes));
  } else if (params.activation == 2u) { dy[at] = dy[at] * (result * (1.0 - result)); }
}
