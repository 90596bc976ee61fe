import type { Jagged } from "../../format/jagged.ts";
import type { Placement } from "../../kernel/ops.ts";
import { createRowHash } from "../../mapping/row-hash.ts";
import type { HashedFeatureSpec } from "../model-spec.ts";
import { createBagExpansion } from "./bag-expansion.ts";
import type { Feature, FeatureContext } from "./feature.ts";
import { createTableFeature } from "./table-feature.ts";

/** Prepares a feature whose indices are hashed onto the rows of one embedding bag. */
export function createHashedFeature(
  context: FeatureContext,
  { pooling, rows, seed, table }: HashedFeatureSpec,
  placement: Placement,
): Feature {
  const row = createRowHash({ tableRows: context.spec.tables[table].rows, seed });
  const expand = createBagExpansion("hashed feature", { rows, parts: 1, row });
  const inner = createTableFeature(context, { kind: "table", table, pooling }, placement);
  let mapped: Jagged | undefined;
  return {
    forward(bags, vectors, size) {
      mapped = expand(bags, size);
      inner.forward(mapped, vectors, size);
    },
    backward(bags, dvectors, size, gradients) {
      inner.backward(mapped ?? expand(bags, size), dvectors, size, gradients);
    },
  };
}
