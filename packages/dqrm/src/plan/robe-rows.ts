import { rowBytes } from "@dqrm/core";
import { prepareSharingLoss, quantizationLoss, type TrainingBits } from "@dqrm/dlrm";
import { formatCount } from "../terminal/format-number.ts";
import type { PlannedModel } from "./planned-model.ts";
import type { SizeRow } from "./size-rows.ts";

/** How much smaller than all weights the arrays are that the papers on parameter sharing report. */
const RATIOS = [1000, 10_000] as const;

const FLOAT_BYTES = 4;

/** Says how cells are read from the array, and what fills it. */
export interface RobeChoice {
  readonly blockCols: number;
  readonly alpha: number;
  /** An array of floats that fills it is listed too. */
  readonly budgetBytes: number | undefined;
}

/**
 * Lists what one array takes that all tables share, in floats and in INT4 with one scale a block or one in all.
 *
 * @source ROBE, arXiv 2108.02191 (1000 times smaller); PSS, arXiv 2207.10731 (10,000 times)
 */
export function robeRows(
  model: PlannedModel,
  { alpha, blockCols, budgetBytes }: RobeChoice,
): readonly SizeRow[] {
  const { embeddingDim: cols } = model.config.model;
  const weights = model.tables.reduce((sum, { rows }) => sum + rows * cols, 0);
  const sizes = [
    ...RATIOS.map((ratio) => weights / ratio),
    ...(budgetBytes === undefined ? [] : [budgetBytes / FLOAT_BYTES]),
  ];
  const loss = arrayLoss(model, alpha);
  return [...new Set(sizes.map((cells) => Math.floor(cells / blockCols)))]
    .filter((blocks) => blocks > 0)
    .sort((a, b) => b - a)
    .flatMap((blocks) => {
      const cells = blocks * blockCols;
      const name = `ROBE, ${formatCount(cells)} cells`;
      const row = (bits: TrainingBits, scales: number, behind: number): SizeRow => ({
        name:
          bits === 32
            ? `${name}, FP32`
            : `${name}, INT${bits}, ${scales === 1 ? "one scale" : `a scale each ${blockCols}`}`,
        bytes: bits === 32 ? FLOAT_BYTES * cells : blocks * rowBytes({ bits, cols: blockCols }),
        scaleBytes: FLOAT_BYTES * scales,
        loss: loss(cells, quantizationLoss(bits, behind)),
      });
      return [row(32, 0, 1), row(4, blocks, blockCols), row(4, 1, cells)];
    });
}

/** Prepares the mean loss over all lookups for an array of some cells whose codes lose `coded`. */
function arrayLoss(
  { config, tables }: PlannedModel,
  alpha: number,
): (cells: number, coded: number) => number {
  const lookups = tables.reduce((sum, table) => sum + table.lookups, 0);
  const sharing = tables.map((table) => prepareSharingLoss(table.rows, { alpha, lookups: table.lookups }));
  return (cells, coded) => {
    const load = (lookups * config.model.embeddingDim) / cells;
    const mixed = tables.reduce((sum, table, t) => sum + table.lookups * sharing[t](load), 0) / lookups;
    return mixed + (1 - mixed) * coded;
  };
}
