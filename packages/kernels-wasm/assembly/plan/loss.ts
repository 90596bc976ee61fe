import { Layer, Plan } from "./records";

/** As the reference: a prediction of exactly 0 or 1 has no finite logarithm. */
const LEAST_LOG: f64 = -100;

const WEIGHTED = 1;
const SQUARED = 2;

/** Computes 1/(1 + exp(-x)). */
export function sigmoid(x: f64): f64 {
  return 1 / (1 + Math.exp(-x));
}

/** Writes the predictions of samples [from, to), clamped; tells whether all logits are finite. */
export function predict(plan: Plan, last: Layer, from: i32, to: i32): bool {
  let finite = true;
  for (let s = from; s < to; s++) {
    const logit = load<f32>(last.y + <usize>s * last.yStride);
    finite = finite && isFinite(logit);
    let p = sigmoid(<f64>logit);
    const q = sigmoid(-(<f64>logit));
    if (p < plan.threshold) p = plan.threshold;
    else if (q < plan.threshold) p = 1 - plan.threshold;
    store<f32>(plan.predictions + ((<usize>s) << 2), <f32>p);
  }
  return finite;
}

/** Writes the losses of samples [from, to) and the gradient of their mean by the logits; tells whether all logits are finite. */
export function lossOf(plan: Plan, last: Layer, from: i32, to: i32): bool {
  let finite = true;
  for (let s = from; s < to; s++) {
    const logit = load<f32>(last.y + <usize>s * last.yStride);
    finite = finite && isFinite(logit);
    const y = <f64>load<f32>(plan.labels + ((<usize>s) << 2));
    let p = sigmoid(<f64>logit);
    let q = sigmoid(-(<f64>logit));
    let slope = plan.loss == SQUARED ? 2 * (p - y) * p * q : p - y;
    if (p < plan.threshold || q < plan.threshold) {
      slope = 0;
      p = p < plan.threshold ? plan.threshold : 1 - plan.threshold;
      q = 1 - p;
    }
    const weight = plan.loss != WEIGHTED ? <f64>1 : y < 1 ? plan.weightOf0 : plan.weightOf1;
    let loss = (p - y) * (p - y);
    if (plan.loss != SQUARED) {
      const entropy = -y * max(Math.log(p), LEAST_LOG) - (1 - y) * max(Math.log(q), LEAST_LOG);
      loss = weight * entropy;
    }
    store<f64>(plan.losses + ((<usize>s) << 3), loss);
    store<f32>(last.dy + <usize>s * last.dyStride, <f32>((weight * slope) / <f64>plan.size));
  }
  return finite;
}

/** Gives samples [from, to), which only fill up a block of four, no gradient. */
export function clearGradient(last: Layer, from: i32, to: i32): void {
  for (let s = from; s < to; s++) store<f32>(last.dy + <usize>s * last.dyStride, 0);
}
