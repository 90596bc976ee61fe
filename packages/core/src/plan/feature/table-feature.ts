import type { Jagged } from "../../format/jagged.ts";
import type { Placement } from "../../kernel/ops.ts";
import type { FeatureSpec } from "../model-spec.ts";
import type { Feature, FeatureContext } from "./feature.ts";
import { createPoolingWeights } from "./pooling-weights.ts";

/** Prepares a feature that is one embedding bag. */
export function createTableFeature(
  context: FeatureContext,
  feature: Extract<FeatureSpec, { kind: "table" }>,
  placement: Placement,
): Feature {
  const { table, pooling } = feature;
  const { cols, rows } = context.spec.tables[table];
  const lookup = context.lookup(table, pooling, placement);
  const bagBackward = context.kernels.prepare("embeddingBagBackward", { cols, pooling, ...placement });
  const weights = createPoolingWeights(context, table, { cols, pooling, ...placement });
  let weighted: Jagged | undefined;

  return {
    forward(bags, vectors, size) {
      weighted = weights?.weigh(bags) ?? bags;
      lookup(weighted, vectors, size);
    },
    backward(bags, dvectors, _size, gradients) {
      bagBackward(dvectors, rows, weighted ?? bags, gradients.tables[table]);
      weights?.backward(dvectors, bags, gradients.poolingWeights[table]);
    },
  };
}
