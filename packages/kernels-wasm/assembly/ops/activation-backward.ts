/** Multiplies a gradient by the derivative of relu, given its result. */
export function reluBackward(y: usize, dy: usize, count: i32): void {
  const end = (<usize>count) << 2;
  const one = f32x4.splat(1);
  let i: usize = 0;
  // A product, not a choice: an infinite gradient under a zero becomes NaN and is seen.
  for (; i + 16 <= end; i += 16) {
    const off = f32x4.le(v128.load(y + i), f32x4.splat(0));
    v128.store(dy + i, f32x4.mul(v128.load(dy + i), v128.andnot(one, off)));
  }
  for (; i < end; i += 4) {
    const slope: f32 = load<f32>(y + i) <= 0 ? 0 : 1;
    store<f32>(dy + i, load<f32>(dy + i) * slope);
  }
}

/** Multiplies a gradient by the derivative of the sigmoid, given its result; in double, rounded once. */
export function sigmoidBackward(y: usize, dy: usize, count: i32): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const p = <f64>load<f32>(y + i);
    store<f32>(dy + i, <f32>(<f64>load<f32>(dy + i) * (p * (1 - p))));
  }
}
