import { createRowGradient, reserveRowGradient, type RowGradient } from "../../format/row-gradient.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import { featureTables } from "../check-features.ts";
import type { ModelSpec } from "../model-spec.ts";
import type { FeatureGradients } from "./feature.ts";

/** Lists the row gradients of a model's tables and of their pooling weights. */
type RowGradients = Pick<FeatureGradients, "tables" | "poolingWeights">;

/** Gives each feature a place for its gradients, and joins those of the features that share a table. */
export interface SharedGradients {
  /** Gives the gradients that a feature fills: the model's own where no other feature reads the table. */
  of(feature: number, gradients: RowGradients): RowGradients;
  /** Fills the model's gradients of shared tables, after every feature has filled its own. */
  join(gradients: RowGradients): void;
}

/**
 * Prepares the sum of the gradients of features that read one table.
 *
 * The rows stand in the order of the features, and in a feature of their first appearance; a row that several features
 * touched is summed in the order of the features.
 *
 * @cost nothing for tables that one feature reads; O(touched rows) for others
 */
export function createSharedGradients(spec: ModelSpec, kernels: Kernels): SharedGradients {
  const tablesOf = spec.features.map(featureTables);
  const shared = spec.tables.flatMap(({ cols }, table) => {
    const readers = tablesOf.flatMap((tables, f) => (tables.includes(table) ? [f] : []));
    if (readers.length < 2) return [];
    return [{ table, rows: prepareJoin(cols, readers, kernels), weights: prepareJoin(1, readers, kernels) }];
  });
  if (shared.length === 0) return { of: (_, gradients) => gradients, join: () => undefined };
  return {
    of(feature, gradients) {
      const tables = [...gradients.tables];
      const poolingWeights = [...gradients.poolingWeights];
      for (const { rows, table, weights } of shared) {
        tables[table] = rows.own.get(feature) ?? tables[table];
        poolingWeights[table] = weights.own.get(feature) ?? poolingWeights[table];
      }
      return { tables, poolingWeights };
    },
    join({ poolingWeights, tables }) {
      for (const { rows, table, weights } of shared) {
        rows.join(tables[table]);
        weights.join(poolingWeights[table]);
      }
    },
  };
}

interface GradientJoin {
  readonly own: ReadonlyMap<number, RowGradient>;
  join(out: RowGradient): void;
}

function prepareJoin(cols: number, readers: readonly number[], kernels: Kernels): GradientJoin {
  const own = new Map(readers.map((f) => [f, createRowGradient(cols, 0)]));
  const joined = createRowGradient(cols, 0);
  const coalesce = kernels.prepare("coalesceRows", { cols });
  return {
    own,
    join(out) {
      joined.count = 0;
      for (const gradient of own.values()) append(joined, gradient);
      coalesce(joined.rows, joined.values, joined.count, out);
    },
  };
}

function append(joined: RowGradient, { cols, count, rows, values }: RowGradient): void {
  reserveRowGradient(joined, joined.count + count);
  joined.rows.set(rows.subarray(0, count), joined.count);
  joined.values.set(values.subarray(0, count * cols), joined.count * cols);
  joined.count += count;
}
