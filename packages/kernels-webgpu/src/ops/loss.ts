import { DqrmError, type LossSpec } from "@dqrm/core";
import { checkFinite, checkLength, checkPart } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Param } from "../device/params.ts";
import type { Factory } from "./factory.ts";
import { runSingle } from "./single-pass.ts";

const op = "loss";

/** Gives the fields of loss.wgsl behind the number of samples. */
export function lossParams({ kind, threshold, weights }: LossSpec, samples: number): readonly Param[] {
  const [weightOf0, weightOf1] = kind === "wbce" ? weights : [1, 1];
  const floats = [threshold, weightOf0, weightOf1, samples].map((f32) => ({ f32 }));
  return [kind === "mse", ...floats];
}

/** Serves the loss of click predictions and its gradient. */
export function serveLoss(host: Host): Factory<"loss"> {
  return function prepareLoss(spec) {
    const { threshold } = spec;
    if (!(threshold >= 0 && threshold < 0.5)) {
      const facts = { what: "threshold", expected: "in [0, 0.5)", actual: String(threshold) };
      throw new DqrmError("VALUE", { op, ...facts });
    }

    return function loss(logits, labels, samples, predictions, losses, gradient, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "samples", samples, end);
      for (const [what, { length }] of Object.entries({ logits, labels, predictions, losses, gradient }))
        checkLength(op, what, length, end);
      checkFinite("logit", logits, begin, end);
      for (let i = begin; i < end; i++) if (!(labels[i] >= 0 && labels[i] <= 1)) failLabel(i, labels[i]);
      const single = new Float32Array(end - begin);
      runSingle(host, {
        shader: "loss",
        params: [end - begin, ...lossParams(spec, samples)],
        reads: [logits.subarray(begin, end), labels.subarray(begin, end)],
        writes: [predictions.subarray(begin, end), single, gradient.subarray(begin, end)],
        invocations: end - begin,
      });
      losses.set(single, begin);
    };
  };
}

function failLabel(position: number, label: number): never {
  const facts = { what: `labels[${position}]`, expected: "in [0, 1]", actual: String(label) };
  throw new DqrmError("VALUE", { op, ...facts });
}
