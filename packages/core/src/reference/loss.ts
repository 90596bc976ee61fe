import { DqrmError } from "../errors.ts";
import type { LossSpec, OpFn } from "../kernel/ops.ts";
import { checkFinite, checkLength, checkPart } from "./checks.ts";

/** A prediction of exactly 0 or 1 has no finite logarithm; this floor is the one of torch's binary_cross_entropy. */
const LEAST_LOG = -100;

/** Prepares the loss of click predictions and its gradient. */
export function prepareLoss({ kind, threshold, weights }: LossSpec): OpFn<"loss"> {
  if (!(threshold >= 0 && threshold < 0.5)) {
    throw new DqrmError("VALUE", {
      op: "loss",
      what: "threshold",
      expected: "in [0, 0.5)",
      actual: String(threshold),
    });
  }
  const [weightOf0, weightOf1] = kind === "wbce" ? weights : [1, 1];

  return function loss(logits, labels, samples, predictions, losses, gradient, begin, end) {
    checkPart("loss", begin, end);
    checkLength("loss", "samples", samples, end);
    checkLength("loss", "logits", logits.length, end);
    checkLength("loss", "labels", labels.length, end);
    checkLength("loss", "predictions", predictions.length, end);
    checkLength("loss", "losses", losses.length, end);
    checkLength("loss", "gradient", gradient.length, end);
    checkFinite("logit", logits, begin, end);
    for (let i = begin; i < end; i++) {
      const y = labels[i];
      if (!(y >= 0 && y <= 1)) failLabel(i, y);
      // Both probabilities come from the logit: 1 − p would lose the digits of a p near 1.
      let p = 1 / (1 + Math.exp(-logits[i]));
      let q = 1 / (1 + Math.exp(logits[i]));
      let slope = kind === "mse" ? 2 * (p - y) * p * q : p - y;
      if (p < threshold || q < threshold) {
        slope = 0;
        p = p < threshold ? threshold : 1 - threshold;
        q = 1 - p;
      }
      const weight = y < 1 ? weightOf0 : weightOf1;
      const entropy = -y * Math.max(Math.log(p), LEAST_LOG) - (1 - y) * Math.max(Math.log(q), LEAST_LOG);
      predictions[i] = p;
      losses[i] = kind === "mse" ? (p - y) * (p - y) : weight * entropy;
      gradient[i] = (weight * slope) / samples;
    }
  };
}

function failLabel(position: number, label: number): never {
  throw new DqrmError("VALUE", {
    op: "loss",
    what: `labels[${position}]`,
    expected: "in [0, 1]",
    actual: String(label),
  });
}
