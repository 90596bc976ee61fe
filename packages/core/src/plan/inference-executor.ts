import type { Kernels } from "../kernel/kernels.ts";
import { createActivationQuantizers } from "./activation/activation-ranges.ts";
import { checkBatch } from "./check-batch.ts";
import type { TableLookup, TableLookupFactory } from "./feature/feature.ts";
import { createIntegerStack } from "./integer/integer-stack.ts";
import { createModelForward, type Stacks } from "./model-forward.ts";
import type { InferencePlan, LayerTensors, PackedLayer, PackedModel, PlanOptions } from "./plan.ts";
import type { PackedRows } from "../format/row-format.ts";

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
  const served = (layers: readonly PackedLayer[]): readonly LayerTensors[] =>
    layers.map(({ bias, weight }) => ({
      weight: dequantized(weight, kernels),
      bias: dequantized(bias, kernels),
    }));
  const forward = createModelForward(
    spec,
    {
      bottom: served(model.bottom),
      top: served(model.top),
      projections: served(model.projections),
      poolingWeights: model.poolingWeights,
      activations: createActivationQuantizers(spec, model.activationRanges ?? NO_RANGES, maxBatch),
      readRows: undefined,
      lookup: packedLookup(model, kernels),
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

function dequantized(weights: PackedRows | Float32Array, kernels: Kernels): Float32Array {
  if (weights instanceof Float32Array) return weights;
  const { format, rows } = weights;
  const floats = new Float32Array(rows * format.cols);
  kernels.prepare("dequantizeRows", format)(weights, floats, 0, rows);
  return floats;
}

function packedLookup(model: PackedModel, kernels: Kernels): TableLookupFactory {
  return (table, pooling, placement): TableLookup => {
    const rows = model.tables[table];
    if (rows instanceof Float32Array) {
      const { cols, rows: count } = model.spec.tables[table];
      const bag = kernels.prepare("embeddingBag", { cols, pooling, ...placement });
      return (bags, dst, size) => {
        bag(rows, count, bags, dst, 0, size);
      };
    }
    const bag = kernels.prepare("embeddingBagPacked", { format: rows.format, pooling, ...placement });
    return (bags, dst, size) => {
      bag(rows, bags, dst, 0, size);
    };
  };
}
