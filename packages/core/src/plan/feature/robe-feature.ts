import type { Jagged } from "../../format/jagged.ts";
import type { Placement } from "../../kernel/ops.ts";
import { robeMappingOf } from "../check-features.ts";
import type { RobeFeatureSpec } from "../model-spec.ts";
import { vectorCols } from "../model-state.ts";
import { createBagExpansion } from "./bag-expansion.ts";
import type { Feature, FeatureContext } from "./feature.ts";
import { createTableFeature } from "./table-feature.ts";
import { prepareGather, prepareScatter } from "./vector-copy.ts";

/**
 * Prepares a feature whose rows are put together of blocks of a shared table: one bag for each block of each sample.
 *
 * @source ROBE, arXiv 2108.02191
 */
export function createRobeFeature(
  context: FeatureContext,
  feature: RobeFeatureSpec,
  placement: Placement,
): Feature {
  const { pooling, rows, signs, table } = feature;
  const { maxBatch, spec } = context;
  const cols = vectorCols(spec);
  const { parts, row, sign, tableCols } = robeMappingOf(spec, feature);
  const expand = createBagExpansion("robe feature", { rows, parts, row, ...(signs ? { sign } : {}) });
  const inner = createTableFeature(
    context,
    { kind: "table", table, pooling },
    { stride: tableCols, offset: 0 },
  );
  const scatter = prepareScatter(cols, placement);
  const gather = prepareGather(cols, placement);
  const pooled = new Float32Array(maxBatch * cols);
  const dpooled = new Float32Array(maxBatch * cols);
  let expanded: Jagged | undefined;
  return {
    forward(bags, vectors, size) {
      expanded = expand(bags, size);
      inner.forward(expanded, pooled, size * parts);
      scatter(pooled, vectors, size);
    },
    backward(bags, dvectors, size, gradients) {
      gather(dvectors, dpooled, size);
      inner.backward(expanded ?? expand(bags, size), dpooled, size * parts, gradients);
    },
  };
}
