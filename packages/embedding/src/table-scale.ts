import {
  createBlockRange,
  DqrmError,
  scanRange,
  scaleRefreshDue,
  symmetricScale,
  type BitWidth,
  type BlockRange,
  type Kernels,
  type ScaleRefresh,
} from "@dqrm/core";

/** Fixes how the one scale of a table follows its weights. */
export interface TableScaleOptions {
  readonly rows: number;
  readonly cols: number;
  readonly weights: Float32Array;
  readonly bits: BitWidth;
  readonly refresh: ScaleRefresh;
  readonly kernels: Kernels;
}

/** Keeps the scale of a table exact at the cost of the rows that change, and refreshes it as its policy says. */
export interface TableScale {
  /** The scale in use. @shape f32[1] */
  readonly scale: Float32Array;
  /** What an update of rows has to keep, see SparseOptimizerOptions. */
  readonly range: BlockRange;
  /** Brings the scale up to date before the training step with the given number. */
  beforeStep(step: number): void;
  /** Brings the scale up to date before a look that is no training step: only when it is exact at every step. */
  beforeLookup(): void;
  /** Rescans all weights. @throws NON_FINITE when one of them is NaN or infinite */
  rescan(): void;
}

/**
 * Creates the scale of a table from its weights.
 *
 * @throws NON_FINITE when a weight is NaN or infinite
 * @cost O(rows × cols) once, then O(1) for each step plus the rescan of blocks whose peak shrank
 * @source DQRM §3.2, exact at every step where the paper recomputes every P steps
 */
export function createTableScale(options: TableScaleOptions): TableScale {
  const { rows, cols, weights, bits, refresh, kernels } = options;
  const absmax = kernels.prepare("rangeAbsmax", { cols });
  const range = createBlockRange(rows);
  const scale = new Float32Array(1);

  const recompute = (): void => {
    const peak = absmax(weights, rows, range);
    if (!Number.isFinite(peak)) throw notFinite(weights);
    scale[0] = symmetricScale(peak, bits);
  };
  const rescan = (): void => {
    scanRange(weights, rows, cols, range);
    recompute();
  };
  rescan();
  return {
    scale,
    range,
    rescan,
    beforeStep: (step) => {
      if (scaleRefreshDue(refresh, step)) recompute();
    },
    beforeLookup: () => {
      if (refresh.kind === "every-step") recompute();
    },
  };
}

function notFinite(weights: Float32Array): DqrmError<"NON_FINITE"> {
  const position = weights.findIndex((weight) => !Number.isFinite(weight));
  return new DqrmError("NON_FINITE", {
    what: "table weight",
    position,
    actual: String(weights[position]),
  });
}
