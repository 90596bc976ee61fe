import type { Kernels } from "../kernel/kernels.ts";
import { createActivationQuantizers } from "./activation/activation-ranges.ts";
import { checkBatch } from "./check-batch.ts";
import { createIntegerStack } from "./integer/integer-stack.ts";
import { createModelForward, type Stacks } from "./model-forward.ts";
import type { InferencePlan, PackedModel, PlanOptions } from "./plan.ts";
import { createServedFeatures, servedLayers } from "./served-features.ts";

const NO_RANGES = new Float32Array(0);

/**
 * Compiles a packed model for serving out of the kernels of single ops: tables are read in place, layers dequantized once.
 *
 * The probabilities equal those of the training plan that the model was packed from, bit for bit; with products in codes
 * they are those of a device that knows no floats between the layers.
 */
export function createInferenceExecutor(
  model: PackedModel,
  kernels: Kernels,
  { maxBatch, products }: PlanOptions,
): InferencePlan {
  const { spec } = model;
  const loss = kernels.prepare("loss", spec.loss);
  const unusedLabels = new Float32Array(maxBatch);
  const unusedGradient = new Float32Array(maxBatch);
  const losses = new Float64Array(maxBatch);
  const forward = createModelForward(
    spec,
    {
      bottom: servedLayers(model.bottom, kernels),
      top: servedLayers(model.top, kernels),
      activations: createActivationQuantizers(spec, model.activationRanges ?? NO_RANGES, maxBatch),
      features: createServedFeatures(model, kernels, { maxBatch, leadingVectors: 1 }),
      ...(products === "codes" && { stacks: integerStacks(model, kernels, maxBatch) }),
    },
    kernels,
    maxBatch,
  );
  return {
    backend: kernels.backends.map(({ name }) => name).join(", "),
    infer(batch, dst) {
      checkBatch("infer", spec, batch, maxBatch);
      const logits = forward.forward(batch, undefined);
      loss(logits, unusedLabels, batch.size, dst, losses, unusedGradient, 0, batch.size);
    },
  };
}

function integerStacks(model: PackedModel, kernels: Kernels, maxBatch: number): Stacks {
  return {
    bottom: createIntegerStack(model, "bottom", kernels, maxBatch),
    top: createIntegerStack(model, "top", kernels, maxBatch),
  };
}
