/** What codes stand for, by the numbers of table files; the two dead zones come last. */
export const ASYMMETRIC: i32 = 1;
export const DEAD_ZONE: i32 = 2;
const DEAD_ZONE_LOG: i32 = 3;

/** Every weight but zero itself reaches a threshold of zero. */
export const SMALLEST_WEIGHT: f32 = reinterpret<f32>(1);

/** Behind 256 levels stand what lies between those of a sign, and the first of those that are equal, a byte each. */
export const MIDDLES: usize = 1024;
const FIRST: usize = 1536;

@inline
function isLevel(x: f32): bool {
  return x >= 0 && x < Infinity;
}

@inline
function between(low: f32, high: f32, step: i32, steps: i32): f32 {
  return <f32>(<f64>low + ((<f64>high - <f64>low) * <f64>step) / <f64>steps);
}

/** Adding 0 gives -0 the bits of 0. */
@inline
function betweenBits(low: f32, high: f32, step: i32, steps: i32): f32 {
  const from = reinterpret<u32>(low + 0);
  const apart = <u64>(reinterpret<u32>(high + 0) - from);
  return reinterpret<f32>(from + <u32>((apart * <u64>step) / <u64>steps));
}

/**
 * Writes the weight of each code of a dead zone, as deadZoneLevels of @dqrm/core.
 *
 * @param levels room for 1664 bytes, of which these take the first 4 << bits
 */
export function fillLevels(levels: usize, bits: i32, scheme: i32, scale: f32, bias: f32): void {
  const zero = 1 << (bits - 1);
  if (!isLevel(scale) || !isLevel(bias)) {
    for (let code = 0; code < 2 * zero; code++) store<f32>(levels + (<usize>code << 2), NaN);
    return;
  }
  const top = max(scale, bias);
  const steps = 2 * (zero - 1) - 1;
  const middle = levels + (<usize>zero << 2);
  store<f32>(middle, 0);
  for (let k = 1; k < zero; k++) {
    const step = 2 * k - 1;
    const magnitude = scheme == DEAD_ZONE_LOG ? betweenBits(bias, top, step, steps) : between(bias, top, step, steps);
    store<f32>(middle + (<usize>k << 2), magnitude);
    store<f32>(middle - (<usize>k << 2), 0 - magnitude);
  }
  store<f32>(levels, load<f32>(levels, 4));
}

/** Fills levels and, behind them, what finding the nearest needs. */
export function prepareNearest(levels: usize, bits: i32, scheme: i32, scale: f32, bias: f32): void {
  fillLevels(levels, bits, scheme, scale, bias);
  const zero = 1 << (bits - 1);
  const magnitudes = levels + (<usize>zero << 2);
  store<u8>(levels + FIRST, 1);
  for (let k = 1; k < zero - 1; k++) {
    const low = load<f32>(magnitudes + (<usize>k << 2));
    const high = load<f32>(magnitudes + (<usize>k << 2), 4);
    const middle = (<f64>low + <f64>high) / 2;
    // The largest float that the middle is not below: no float lies between the two.
    let rounded = <f32>middle;
    if (<f64>rounded > middle) rounded = reinterpret<f32>(reinterpret<u32>(rounded) - 1);
    store<f32>(levels + MIDDLES + (<usize>(k - 1) << 2), rounded);
    store<u8>(levels + FIRST + k, low == high ? load<u8>(levels + FIRST + k - 1) : k + 1);
  }
  // Nothing is above: the search needs a whole tree.
  store<f32>(levels + MIDDLES + (<usize>(zero - 2) << 2), Infinity);
}

/** Gives the code nearest to a weight that is not NaN. */
@inline
export function nearestCode(levels: usize, zero: i32, threshold: f32, weight: f32): i32 {
  const magnitude = abs(weight);
  if (magnitude < max(threshold, SMALLEST_WEIGHT)) return zero;
  let below = 0;
  for (let step = zero >> 1; step > 0; step >>= 1) {
    if (magnitude > load<f32>(levels + MIDDLES + (<usize>(below + step - 1) << 2))) below += step;
  }
  return signedCode(levels, zero, below + 1, weight);
}

/** Gives the code of one of the two levels around a weight, by a uniform number. */
export function stochasticCode(levels: usize, zero: i32, threshold: f32, weight: f32, uniform: f64): i32 {
  const magnitude = abs(weight);
  if (magnitude < max(threshold, SMALLEST_WEIGHT)) return zero;
  const magnitudes = levels + (<usize>zero << 2);
  const top = zero - 1;
  let k = 1;
  while (k < top && magnitude > load<f32>(magnitudes + (<usize>k << 2), 4)) k++;
  const low = load<f32>(magnitudes + (<usize>k << 2));
  if (k < top && magnitude > low) {
    const high = load<f32>(magnitudes + (<usize>k << 2), 4);
    if ((<f64>magnitude - <f64>low) / (<f64>high - <f64>low) + uniform >= 1) k++;
  }
  return signedCode(levels, zero, k, weight);
}

@inline
function signedCode(levels: usize, zero: i32, k: i32, weight: f32): i32 {
  const first = <i32>load<u8>(levels + FIRST + k - 1);
  return weight < 0 ? zero - first : zero + first;
}
