// Quantizes a weight and gives what its code stands for; `inverse` is the correctly rounded 1/scale.

fn fake_quantized(weight: f32, scale: f32, inverse: f32, half: f32) -> f32 {
  if (half == 1.0) { return select(-scale, scale, weight >= 0.0); }
  let code = round(clamp(exact(weight * inverse), -half, half - 1.0));
  return exact(code * scale);
}
