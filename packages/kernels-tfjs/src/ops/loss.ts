import {
  add,
  less,
  logicalOr,
  maximum,
  mul,
  neg,
  sigmoid,
  softplus,
  square,
  sub,
  where,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { DqrmError, type LossSpec, type OpFn } from "@dqrm/core";
import { checkFinite, checkLength, checkPart } from "@dqrm/core/checks";
import type { OpRunner } from "../runtime/op-runner.ts";

/** As the reference's: a prediction of exactly 0 or 1 has no finite logarithm. */
const LEAST_LOG = -100;

/** Holds what a loss gives for each sample. @shape f32[samples] each */
export interface LossTensors {
  readonly predictions: Tensor;
  readonly losses: Tensor;
  /** Of the mean loss, with respect to the logit. */
  readonly gradient: Tensor;
}

/** Computes the loss of click predictions, and its gradient. @shape logits, labels f32[part of the samples] */
export function loss(spec: LossSpec, logits: Tensor, labels: Tensor, samples: number): LossTensors {
  const { kind, threshold, weights } = spec;
  const [p, q] = [sigmoid(logits), sigmoid(neg(logits))];
  const slope = kind === "mse" ? mul(mul(2, sub(p, labels)), mul(p, q)) : sub(p, labels);
  const free: Clamped = {
    predictions: p,
    slope,
    // ln p = −softplus(−z), which keeps its digits where p has none.
    logOfP: maximum(neg(softplus(neg(logits))), LEAST_LOG),
    logOfQ: maximum(neg(softplus(logits)), LEAST_LOG),
  };
  const { logOfP, logOfQ, predictions, slope: steepness } = threshold > 0 ? clamp(free, q, threshold) : free;
  const entropy = neg(add(mul(labels, logOfP), mul(sub(1, labels), logOfQ)));
  const losses = kind === "mse" ? square(sub(predictions, labels)) : entropy;
  const gradient = mul(steepness, 1 / samples);
  if (kind !== "wbce") return { predictions, losses, gradient };
  const factor = where(less(labels, 1), weights[0], weights[1]);
  return { predictions, losses: mul(factor, losses), gradient: mul(factor, gradient) };
}

/** Computes the clamped predictions alone. @shape logits f32[samples] → f32[samples] */
export function predictions({ threshold }: LossSpec, logits: Tensor): Tensor {
  const p = sigmoid(logits);
  if (threshold === 0) return p;
  return where(less(p, threshold), threshold, where(less(sigmoid(neg(logits)), threshold), 1 - threshold, p));
}

interface Clamped {
  readonly predictions: Tensor;
  readonly slope: Tensor;
  readonly logOfP: Tensor;
  readonly logOfQ: Tensor;
}

function clamp({ logOfP, logOfQ, predictions: p, slope }: Clamped, q: Tensor, threshold: number): Clamped {
  const [low, high] = [less(p, threshold), less(q, threshold)];
  const [rare, common] = [Math.log(threshold), Math.log(1 - threshold)];
  return {
    predictions: where(low, threshold, where(high, 1 - threshold, p)),
    slope: where(logicalOr(low, high), 0, slope),
    logOfP: where(low, rare, where(high, common, logOfP)),
    logOfQ: where(low, common, where(high, rare, logOfQ)),
  };
}

/** Prepares the loss of click predictions and its gradient. */
export function prepareLoss(spec: LossSpec, run: OpRunner): OpFn<"loss"> {
  checkThreshold(spec);
  return function lossKernel(logits, labels, samples, predictions, losses, gradient, begin, end) {
    checkPart("loss", begin, end);
    checkLength("loss", "samples", samples, end);
    const arrays = { logits, labels, predictions, losses, gradient };
    for (const [what, { length }] of Object.entries(arrays)) checkLength("loss", what, length, end);
    checkFinite("logit", logits, begin, end);
    checkLabelRange("loss", labels, begin, end);
    if (begin === end) return;
    const single = new Float32Array(end - begin);
    const shape = [end - begin];
    const from = [logits, labels].map((values) => ({ values: values.subarray(begin, end), shape }));
    const into = [predictions.subarray(begin, end), single, gradient.subarray(begin, end)];
    run("loss", { ...spec, samples }, from, into);
    losses.set(single, begin);
  };
}

/** Checks what fixes a loss. @throws VALUE when the threshold is outside [0, 0.5) */
export function checkThreshold({ threshold }: LossSpec): void {
  if (threshold >= 0 && threshold < 0.5) return;
  const expected = "in [0, 0.5)";
  throw new DqrmError("VALUE", { op: "loss", what: "threshold", expected, actual: String(threshold) });
}

/**
 * Checks that labels [begin, end) are probabilities.
 *
 * @throws VALUE naming the sample
 */
export function checkLabelRange(op: string, labels: Float32Array, begin: number, end: number): void {
  for (let i = begin; i < end; i++) {
    if (labels[i] >= 0 && labels[i] <= 1) continue;
    const [expected, actual] = ["in [0, 1]", String(labels[i])];
    throw new DqrmError("VALUE", { op, what: `labels[${i}]`, expected, actual });
  }
}
