import type { LossSpec, OpFn } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

const KINDS: Readonly<Record<LossSpec["kind"], number>> = { bce: 0, wbce: 1, mse: 2 };

/** Prepares the loss of click predictions and its gradient. */
export function prepareLoss(spec: LossSpec, native: NativeKernels): OpFn<"loss"> {
  const explain = prepareReference("loss", spec);
  const kind = KINDS[spec.kind];
  const { threshold } = spec;
  const [weightOf0, weightOf1] = spec.kind === "wbce" ? spec.weights : [1, 1];
  return function loss(logits, labels, samples, predictions, losses, gradient, begin, end) {
    const done = native.loss(
      logits,
      labels,
      samples,
      predictions,
      losses,
      gradient,
      kind,
      threshold,
      weightOf0,
      weightOf1,
      begin,
      end,
    );
    if (done) return;
    explain(logits, labels, samples, predictions, losses, gradient, begin, end);
    failArrays("loss");
  };
}
