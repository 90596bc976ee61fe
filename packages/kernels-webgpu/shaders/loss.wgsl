// Gives the prediction, the loss and the gradient of the mean loss of each logit.

struct Params {
  zero: u32,
  samples: u32,
  // 0 bce and wbce, 1 mse
  squared: u32,
  threshold: f32,
  weight_of_0: f32,
  weight_of_1: f32,
  // What the gradient of the mean is divided by.
  divisor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<f32>;
@group(0) @binding(3) var<storage, read_write> predictions: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradient: array<f32>;

// −ln(1/(1 + e^−z)), at most 100 where f32 has no such prediction.
fn surprise(z: f32) -> f32 {
  let e = exp(-abs(z));
  // ln(1 + e), whose argument loses the digits of a small e.
  let rest = select(log(1.0 + e), e - 0.5 * e * e, e < 0.0009765625);
  return min(max(-z, 0.0) + rest, 100.0);
}

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let place = place_of(group, groups, local);
  if (place >= params.samples) { return; }
  let z = logits[place];
  let y = labels[place];
  let e = exp(-abs(z));
  let small = e / (1.0 + e);
  let large = 1.0 / (1.0 + e);
  var p = select(small, large, z >= 0.0);
  var q = select(large, small, z >= 0.0);
  var unlikely = surprise(z);
  var likely = surprise(-z);
  // p − y, from the side that keeps its digits where the label is whole.
  var slope = select(p - y, -q, y == 1.0);
  if (params.squared != 0u) { slope *= 2.0 * p * q; }
  if (p < params.threshold || q < params.threshold) {
    slope = 0.0;
    p = select(1.0 - params.threshold, params.threshold, p < params.threshold);
    q = 1.0 - p;
    unlikely = -log(p);
    likely = -log(q);
  }
  let weight = select(params.weight_of_1, params.weight_of_0, y < 1.0);
  // A label of 0 or 1 leaves one of the two terms out, which may be infinite.
  let entropy = select(y * unlikely, 0.0, y == 0.0) + select((1.0 - y) * likely, 0.0, y == 1.0);
  predictions[place] = p;
  losses[place] = select(weight * entropy, (p - y) * (p - y), params.squared != 0u);
  gradient[place] = weight * slope / params.divisor;
}
