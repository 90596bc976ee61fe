import type { Placement } from "../../kernel/ops.ts";
import { createLinearStack } from "../linear-stack.ts";
import type { FeatureSpec } from "../model-spec.ts";
import { vectorCols } from "../model-state.ts";
import type { LayerTensors } from "../plan.ts";
import type { Feature, FeatureContext } from "./feature.ts";
import { createTableFeature } from "./table-feature.ts";
import { prepareGather, prepareScatter } from "./vector-copy.ts";

/**
 * Prepares a feature whose narrow rows are pooled and then projected, without bias, to the width of the interaction.
 *
 * @source facebookresearch/dlrm tricks/md_embedding_bag.py
 */
export function createProjectedFeature(
  context: FeatureContext,
  { pooling, table }: Extract<FeatureSpec, { kind: "projected" }>,
  placement: Placement,
  projection: LayerTensors,
): Feature {
  const { kernels, maxBatch, spec } = context;
  const { cols } = spec.tables[table];
  const outputs = vectorCols(spec);
  const bag = createTableFeature(context, { kind: "table", table, pooling }, { stride: cols, offset: 0 });
  const pooled = new Float32Array(maxBatch * cols);
  const dpooled = new Float32Array(maxBatch * cols);
  const layer = { weight: projection.weight, bias: new Float32Array(outputs) };
  const unusedBias = new Float32Array(outputs);
  const specs = [{ inputs: cols, outputs, activation: "none" }] as const;
  const parts = { specs, weights: [layer], quantizers: [], dropouts: [] };
  const stack = createLinearStack(parts, kernels, maxBatch);
  const scatter = prepareScatter(outputs, placement);
  const gather = prepareGather(outputs, placement);

  return {
    forward(bags, vectors, size) {
      bag.forward(bags, pooled, size);
      scatter(stack.forward(pooled, size, undefined), vectors, size);
    },
    backward(bags, dvectors, size, gradients) {
      if (gradients.projection === undefined) return;
      gather(dvectors, stack.outputGradient, size);
      stack.backward(size, [{ weight: gradients.projection.weight, bias: unusedBias }], dpooled);
      bag.backward(bags, dpooled, size, gradients);
    },
  };
}
