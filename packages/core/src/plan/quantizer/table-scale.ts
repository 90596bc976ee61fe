import type { BitWidth } from "../../format/row-format.ts";
import { symmetricScale } from "../../format/symmetric-scale.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import type { ScaleRefresh, TableSpec } from "../model-spec.ts";
import { scaleRefreshDue } from "../scale-refresh.ts";
import { infiniteWeight } from "./infinite-weight.ts";
import type { TableState } from "./table-state.ts";

/** Keeps the per-table scales of quantized tables as their policies say. */
export interface TableScales {
  /** Recomputes the scales that are due before a training step. */
  beforeStep(step: number): void;
  /** Recomputes the scales that must be exact at any time, as inference sees them. */
  beforeInference(): void;
  /** Says that weights changed. */
  invalidate(): void;
}

/**
 * Prepares the one scale of a table's uniform codes, for a plan that keeps the table's range exact.
 *
 * @throws NON_FINITE from its methods, when a weight of the table is NaN or infinite
 * @cost O(1) for each step, plus the rescans of BlockRange
 */
export function createTableScale(
  table: TableSpec,
  state: TableState,
  { bits, refresh }: { readonly bits: BitWidth; readonly refresh: ScaleRefresh },
  kernels: Kernels,
): TableScales {
  const peak = prepareTablePeak(table, state, kernels);
  return createRefreshedScale(state, refresh, () => symmetricScale(peak(), bits));
}

/**
 * Prepares the exact absmax of a table whose range a plan keeps.
 *
 * @throws NON_FINITE when a weight of the table is NaN or infinite
 */
export function prepareTablePeak(table: TableSpec, state: TableState, kernels: Kernels): () => number {
  const { cols, name, rows } = table;
  const { range, weights } = state;
  const rangeAbsmax = kernels.prepare("rangeAbsmax", { cols });
  return () => {
    const peak = rangeAbsmax(weights, rows, range);
    if (Number.isFinite(peak)) return peak;
    throw infiniteWeight(name, weights);
  };
}

/** Prepares a scale that is computed anew when its policy says so; `compute` answers a number above zero. */
export function createRefreshedScale(
  { scale }: TableState,
  refresh: ScaleRefresh,
  compute: () => number,
): TableScales {
  let exact = false;
  const recompute = (): void => {
    scale[0] = compute();
  };
  // A table that trained unquantized until now has no scale, whatever its policy and its count of steps say.
  const missing = (): boolean => scale[0] === 0;
  return {
    beforeStep(step) {
      if (refresh.kind === "every-step") {
        if (!exact) recompute();
      } else if (missing() || scaleRefreshDue(refresh, step)) recompute();
      exact = true;
    },
    beforeInference() {
      if (missing() || (refresh.kind === "every-step" && !exact)) recompute();
      exact = true;
    },
    invalidate() {
      exact = false;
    },
  };
}
