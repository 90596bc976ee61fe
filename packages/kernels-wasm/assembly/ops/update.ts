import { peakOf } from "./peak";

/** Numbers of the update rules, as src/ops/optimizer-code.ts has them. */
const SGD: i32 = 0;
const ADAGRAD: i32 = 1;

/** Steps weights against their gradient, in double, rounded once. */
export function stepSgd(weights: usize, gradient: usize, count: i32, rate: f64): void {
  const rates = f64x2.splat(rate);
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const w = v128.load(weights + i);
    const g = v128.load(gradient + i);
    const low = f64x2.sub(f64x2.promote_low_f32x4(w), f64x2.mul(rates, f64x2.promote_low_f32x4(g)));
    const high = f64x2.sub(f64x2.promote_low_f32x4(upper(w)), f64x2.mul(rates, f64x2.promote_low_f32x4(upper(g))));
    v128.store(weights + i, joined(low, high));
  }
  for (; i < end; i += 4) {
    store<f32>(weights + i, <f32>(<f64>load<f32>(weights + i) - rate * <f64>load<f32>(gradient + i)));
  }
}

/** Steps weights, each damped by the squares of its own gradients so far, in double, rounded once. */
export function stepAdagrad(
  weights: usize,
  state: usize,
  gradient: usize,
  count: i32,
  rate: f64,
  epsilon: f64,
): void {
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i + 8 <= end; i += 8) stepTwo(weights + i, state + i, gradient + i, rate, epsilon);
  for (; i < end; i += 4) {
    const g = <f64>load<f32>(gradient + i);
    // Nothing to step by; without an epsilon, 0/0 would make the weight NaN.
    if (g == 0) continue;
    const sum = <f64>load<f32>(state + i) + g * g;
    store<f32>(state + i, <f32>sum);
    const step = (rate * g) / (sqrt(sum) + epsilon);
    store<f32>(weights + i, <f32>(<f64>load<f32>(weights + i) - step));
  }
}

@inline
function stepTwo(weights: usize, state: usize, gradient: usize, rate: f64, epsilon: f64): void {
  const w = f64x2.promote_low_f32x4(v128.load64_zero(weights));
  const s = f64x2.promote_low_f32x4(v128.load64_zero(state));
  const g = f64x2.promote_low_f32x4(v128.load64_zero(gradient));
  const still = f64x2.eq(g, f64x2.splat(0));
  const sum = f64x2.add(s, f64x2.mul(g, g));
  const step = f64x2.div(f64x2.mul(f64x2.splat(rate), g), f64x2.add(f64x2.sqrt(sum), f64x2.splat(epsilon)));
  const nextState = v128.bitselect(s, sum, still);
  const nextWeight = v128.bitselect(w, f64x2.sub(w, step), still);
  v128.store64_lane(state, f32x4.demote_f64x2_zero(nextState), 0);
  v128.store64_lane(weights, f32x4.demote_f64x2_zero(nextWeight), 0);
}

function stepRowwise(
  weights: usize,
  state: usize,
  gradient: usize,
  cols: i32,
  rate: f64,
  epsilon: f64,
): void {
  const end = <usize>cols << 2;
  let squares: f64 = 0;
  for (let i: usize = 0; i < end; i += 4) {
    const g = <f64>load<f32>(gradient + i);
    squares += g * g;
  }
  const sum = <f64>load<f32>(state) + squares / <f64>cols;
  store<f32>(state, <f32>sum);
  if (squares == 0) return;
  const divisor = sqrt(sum) + epsilon;
  for (let i: usize = 0; i < end; i += 4) {
    const step = (rate * <f64>load<f32>(gradient + i)) / divisor;
    store<f32>(weights + i, <f32>(<f64>load<f32>(weights + i) - step));
  }
}

/**
 * Updates the rows of a table; peaks[2k] and peaks[2k + 1] become row k's absmax before and after, unless peaks is 0.
 *
 * State advances by `stateCols` a row of the table.
 */
export function updateRows(
  table: usize,
  state: usize,
  rows: usize,
  values: usize,
  count: i32,
  cols: i32,
  stateCols: i32,
  optimizer: i32,
  rate: f64,
  epsilon: f64,
  peaks: usize,
): void {
  const bytes = <usize>cols << 2;
  for (let k = 0; k < count; k++) {
    const row = <usize>load<u32>(rows);
    const at = table + row * bytes;
    const held = state + ((row * stateCols) << 2);
    if (peaks != 0) store<f32>(peaks, peakOf(at, cols));
    if (optimizer == SGD) stepSgd(at, values, cols, rate);
    else if (optimizer == ADAGRAD) stepAdagrad(at, held, values, cols, rate, epsilon);
    else stepRowwise(at, held, values, cols, rate, epsilon);
    if (peaks != 0) {
      store<f32>(peaks, peakOf(at, cols), 4);
      peaks += 8;
    }
    rows += 4;
    values += bytes;
  }
}

@inline
function upper(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 0);
}

@inline
function joined(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
