// Arithmetic on sums of two floats, about twice as precise as one.

fn two_sum(a: f32, b: f32) -> vec2<f32> {
  let sum = exact(a + b);
  let other = exact(sum - a);
  return vec2(sum, exact(exact(a - exact(sum - other)) + exact(b - other)));
}

// Cuts a float into halves of 12 bits, whose products are exact.
fn halves(a: f32) -> vec2<f32> {
  let high = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  return vec2(high, exact(a - high));
}

fn two_product(a: f32, b: f32) -> vec2<f32> {
  let product = exact(a * b);
  let x = halves(a);
  let y = halves(b);
  let rest = exact(exact(x.x * y.x) - product);
  let middle = exact(exact(rest + exact(x.x * y.y)) + exact(x.y * y.x));
  return vec2(product, exact(middle + exact(x.y * y.y)));
}

// w − rate × g, rounded once but for an error of about 2^−46 of what is added.
fn stepped(weight: f32, rate: vec2<f32>, gradient: f32) -> f32 {
  let product = two_product(rate.x, gradient);
  if (!is_finite(product.x)) { return weight - product.x; }
  let difference = two_sum(weight, -product.x);
  let rest = exact(difference.y - exact(product.y + exact(rate.y * gradient)));
  return exact(difference.x + rest);
}
