import { DqrmError } from "../errors.ts";
import { symmetricScale } from "../format/symmetric-scale.ts";
import type { OpFn } from "../kernel/ops.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { ModelState, TableState } from "./model-state.ts";
import { scaleRefreshDue } from "./scale-refresh.ts";
import type { ScaleRefresh } from "./model-spec.ts";
import type { BitWidth } from "../format/row-format.ts";

/** Keeps the per-table scales of quantized tables as their policies say. */
export interface TableScales {
  /** Recomputes the scales that are due before a training step. */
  beforeStep(step: number): void;
  /** Recomputes the scales that must be exact at any time, as inference sees them. */
  beforeInference(): void;
  /** Says that weights changed. */
  invalidate(): void;
}

interface ScaledTable {
  readonly name: string;
  readonly rows: number;
  readonly bits: BitWidth;
  readonly refresh: ScaleRefresh;
  readonly state: TableState;
  readonly rangeAbsmax: OpFn<"rangeAbsmax">;
}

/**
 * Prepares the scales of every table that has one scale for all its rows, for a plan that keeps their ranges exact.
 *
 * @throws NON_FINITE from its methods, when a weight of a table is NaN or infinite
 * @cost O(1) for each table and step, plus the rescans of BlockRange
 *
 * ```ts doctest
 * import { allocateModelState, createArena, createKernels, createTableScales, reference, scanRange } from "@dqrm/core";
 * const refresh = { kind: "every-step" } as const;
 * const quantization = { kind: "fake", bits: 4, granularity: { kind: "table" }, refresh } as const;
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const state = allocateModelState(spec, createArena(1 << 12));
 * const { range, scale, weights } = state.tables[0];
 * weights.set([7, -14]);
 * scanRange(weights, 3, 2, range);
 * createTableScales(spec, state, createKernels([reference])).beforeStep(0);
 * scale[0]; // => 2
 * ```
 */
export function createTableScales(spec: ModelSpec, state: ModelState, kernels: Kernels): TableScales {
  const tables = spec.tables.flatMap(({ cols, name, quantization, rows }, t): ScaledTable[] => {
    if (quantization.kind === "none" || quantization.granularity.kind !== "table") return [];
    const { bits, refresh } = quantization;
    return [
      {
        name,
        rows,
        bits,
        refresh,
        state: state.tables[t],
        rangeAbsmax: kernels.prepare("rangeAbsmax", { cols }),
      },
    ];
  });
  let exact = false;

  const recompute = ({ bits, name, rangeAbsmax, rows, state }: ScaledTable): void => {
    const { range, scale, weights } = state;
    const peak = rangeAbsmax(weights, rows, range);
    if (!Number.isFinite(peak)) {
      const position = weights.findIndex((weight) => !Number.isFinite(weight));
      throw new DqrmError("NON_FINITE", { what: `weights of table ${name}`, position, actual: String(peak) });
    }
    scale[0] = symmetricScale(peak, bits);
  };

  return {
    beforeStep(step) {
      for (const table of tables) {
        if (table.refresh.kind === "every-step") {
          if (!exact) recompute(table);
        } else if (hasNoScale(table) || scaleRefreshDue(table.refresh, step)) recompute(table);
      }
      exact = true;
    },
    beforeInference() {
      for (const table of tables) {
        if (hasNoScale(table) || (table.refresh.kind === "every-step" && !exact)) recompute(table);
      }
      exact = true;
    },
    invalidate() {
      exact = false;
    },
  };
}

/** A table that trained unquantized until now has none, whatever its policy and its count of steps say. */
function hasNoScale({ state }: ScaledTable): boolean {
  return state.scale[0] === 0;
}
