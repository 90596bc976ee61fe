import {
  createKernels,
  defineKernels,
  type KernelBackend,
  type Kernels,
  type LossSpec,
  type OpFn,
} from "@dqrm/core";
import type { CompatibilityConfig } from "../config/dlrm-config.ts";

/** torch.nn.BCELoss clamps each logarithm at −100. */
const MINIMUM_LOG = -100;

/** torch's binary_cross_entropy_backward divides by at least this. */
const MINIMUM_VARIANCE = Math.fround(1e-12);

/**
 * Computes the loss as the reference program does, from a probability rounded to float32: a sample whose logit is
 * beyond about ±17 then counts as loss 0 or 100 and gives no gradient, so that it is never learned again.
 *
 * Runs that saturate can be compared step by step with it; do not train with it.
 *
 * @source facebookresearch/dlrm: sigmoid, then torch.nn.BCELoss, both in float32
 *
 * ```ts doctest
 * import { createKernels, reference } from "@dqrm/core";
 * import { saturatingLoss } from "@dqrm/dlrm";
 * const loss = { kind: "bce", threshold: 0, weights: [1, 1] } as const;
 * createKernels([saturatingLoss, reference]).explain("loss", loss)[0]; // => { backend: "saturating-loss", verdict: "chosen" }
 * ```
 */
export const saturatingLoss: KernelBackend = defineKernels("saturating-loss", { loss: prepareLoss });

/**
 * Puts the compatibility kernels that a configuration asks for before the given ones.
 *
 * Fused plans bring a loss of their own, so that they are left out then.
 *
 * ```ts doctest
 * import { createKernels, reference } from "@dqrm/core";
 * import { compatibleKernels } from "@dqrm/dlrm";
 * const choice = { quotientRemainderInit: false, saturatingLoss: true };
 * compatibleKernels(choice, createKernels([reference])).backends.map(({ name }) => name); // => ["saturating-loss", "reference"]
 * ```
 */
export function compatibleKernels(compatibility: CompatibilityConfig, kernels: Kernels): Kernels {
  if (!compatibility.saturatingLoss) return kernels;
  return createKernels([saturatingLoss, ...kernels.backends.map((backend) => ({ ...backend, plans: {} }))]);
}

function prepareLoss({ kind, threshold, weights }: LossSpec): OpFn<"loss"> | undefined {
  if (kind === "mse") return undefined;
  const [weightOf0, weightOf1] = kind === "wbce" ? weights : [1, 1];
  return function loss(logits, labels, samples, predictions, losses, gradient, begin, end) {
    for (let i = begin; i < end; i++) {
      const sigmoid = Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-logits[i]))));
      const y = labels[i];
      const p = threshold > 0 ? Math.min(Math.max(sigmoid, threshold), 1 - threshold) : sigmoid;
      const weight = y < 1 ? weightOf0 : weightOf1;
      const passed = p === sigmoid ? sigmoid * (1 - sigmoid) : 0;
      predictions[i] = p;
      losses[i] =
        -weight * (y * Math.max(Math.log(p), MINIMUM_LOG) + (1 - y) * Math.max(Math.log(1 - p), MINIMUM_LOG));
      gradient[i] = ((weight * (p - y)) / Math.max(p * (1 - p), MINIMUM_VARIANCE) / samples) * passed;
    }
  };
}
