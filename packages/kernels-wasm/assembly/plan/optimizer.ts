import { Plan } from "./records";

export const SGD = 0;
export const ADAGRAD = 1;
export const ROWWISE = 2;

/** Steps `count` weights against their gradient; `state` is read by adagrad alone. */
export function stepWeights(plan: Plan, weights: usize, state: usize, gradient: usize, count: i32): void {
  if (plan.optimizer == SGD) stepSgd(weights, gradient, count, <f32>plan.learningRate);
  else stepAdagrad(weights, state, gradient, count, plan.learningRate, plan.epsilon);
}

function stepSgd(weights: usize, gradient: usize, count: i32, rate: f32): void {
  const wide = f32x4.splat(rate);
  let c = 0;
  for (; c + 4 <= count; c += 4) {
    v128.store(weights, f32x4.sub(v128.load(weights), f32x4.mul(wide, v128.load(gradient))));
    weights += 16;
    gradient += 16;
  }
  for (; c < count; c++) {
    store<f32>(weights, load<f32>(weights) - rate * load<f32>(gradient));
    weights += 4;
    gradient += 4;
  }
}

/** In double, as the reference: the square of a small gradient would vanish in a float. */
function stepAdagrad(
  weights: usize,
  state: usize,
  gradient: usize,
  count: i32,
  rate: f64,
  epsilon: f64,
): void {
  const wideRate = f64x2.splat(rate);
  const wideEpsilon = f64x2.splat(epsilon);
  let c = 0;
  for (; c + 2 <= count; c += 2) {
    const g = f64x2.promote_low_f32x4(v128.load64_zero(gradient));
    const before = f64x2.promote_low_f32x4(v128.load64_zero(state));
    const sum = f64x2.add(before, f64x2.mul(g, g));
    v128.store64_lane(state, f32x4.demote_f64x2_zero(sum), 0);
    const move = f64x2.div(f64x2.mul(wideRate, g), f64x2.add(f64x2.sqrt(sum), wideEpsilon));
    // Nothing to step by; without an epsilon, 0/0 would make the weight NaN.
    const safe = v128.and(move, f64x2.ne(g, f64x2.splat(0)));
    const weight = f64x2.promote_low_f32x4(v128.load64_zero(weights));
    v128.store64_lane(weights, f32x4.demote_f64x2_zero(f64x2.sub(weight, safe)), 0);
    weights += 8;
    state += 8;
    gradient += 8;
  }
  if (c < count) stepOneAdagrad(weights, state, load<f32>(gradient), rate, epsilon);
}

function stepOneAdagrad(weight: usize, state: usize, gradient: f32, rate: f64, epsilon: f64): void {
  const g = <f64>gradient;
  if (g == 0) return;
  const sum = <f64>load<f32>(state) + g * g;
  store<f32>(state, <f32>sum);
  store<f32>(weight, <f32>(<f64>load<f32>(weight) - (rate * g) / (Math.sqrt(sum) + epsilon)));
}

/** Steps a row by the mean of its squared gradients so far. */
export function stepRowwise(plan: Plan, row: usize, state: usize, gradient: usize, cols: i32): void {
  let squares: f64 = 0;
  for (let c: usize = 0; c < <usize>cols; c++) {
    const g = <f64>load<f32>(gradient + (c << 2));
    squares += g * g;
  }
  const sum = <f64>load<f32>(state) + squares / <f64>cols;
  store<f32>(state, <f32>sum);
  if (squares == 0) return;
  const divisor = Math.sqrt(sum) + plan.epsilon;
  for (let c: usize = 0; c < <usize>cols; c++) {
    const at = row + (c << 2);
    const g = <f64>load<f32>(gradient + (c << 2));
    store<f32>(at, <f32>(<f64>load<f32>(at) - (plan.learningRate * g) / divisor));
  }
}
