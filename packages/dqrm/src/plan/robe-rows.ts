import { MAX_ROWS } from "@dqrm/core";
import { prepareSharingLoss, quantizationLoss, type TrainingBits } from "@dqrm/dlrm";
import { formatCount } from "../terminal/format-number.ts";
import type { PlannedModel } from "./planned-model.ts";
import { tableBytes, type SizeRow } from "./size-rows.ts";

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

/** Says how the cells of an array are kept. */
interface ArrayFormat {
  readonly name: string;
  readonly bits: TrainingBits;
  readonly granularity: "table" | "row";
  /** Cells behind one scale. */
  readonly cellsBehind: number;
}

/**
 * Lists what one array takes that all tables share, in floats and in INT4 with one scale a block or one in all.
 *
 * @source ROBE, arXiv 2108.02191 (1000 times smaller); PSS, arXiv 2207.10731 (10,000 times)
 */
export function robeRows(model: PlannedModel, choice: RobeChoice): readonly SizeRow[] {
  const { alpha, blockCols, budgetBytes } = choice;
  const { embeddingDim: cols } = model.config.model;
  const weights = model.tables.reduce((sum, { rows }) => sum + rows * cols, 0);
  const sizes = [
    ...RATIOS.map((ratio) => weights / ratio),
    ...(budgetBytes === undefined ? [] : [budgetBytes / FLOAT_BYTES]),
  ];
  const loss = arrayLoss(model, alpha);
  return [...new Set(sizes.map((cells) => blockCols * Math.floor(cells / blockCols)))]
    .filter((cells) => cells > 0 && cells <= MAX_ROWS)
    .sort((a, b) => b - a)
    .flatMap((cells) =>
      arrayFormats(cells, blockCols).map(({ bits, cellsBehind, granularity, name }): SizeRow => ({
        name: `ROBE, ${formatCount(cells)} cells, ${name}`,
        ...tableBytes(model, [
          ["model.robe.enabled", "true"],
          ["model.robe.threshold", "0"],
          ["model.robe.cells", String(cells)],
          ["model.robe.blockCols", String(blockCols)],
          ["quantization.tables.bits", String(bits)],
          ["quantization.tables.granularity", granularity],
        ]),
        loss: loss(cells, quantizationLoss(bits, cellsBehind)),
      })),
    );
}

function arrayFormats(cells: number, blockCols: number): readonly ArrayFormat[] {
  return [
    { name: "FP32", bits: 32, granularity: "table", cellsBehind: cells },
    { name: `INT4, a scale each ${blockCols}`, bits: 4, granularity: "row", cellsBehind: blockCols },
    { name: "INT4, one scale", bits: 4, granularity: "table", cellsBehind: cells },
  ];
}

/** Prepares the mean loss over all lookups for an array of some cells whose codes lose `coded`. */
function arrayLoss(model: PlannedModel, alpha: number): (cells: number, coded: number) => number {
  const { config, tables } = model;
  const sharing = prepareSharingLoss(tables, { cols: config.model.embeddingDim, alpha });
  const lookups = tables.reduce((sum, table) => sum + table.lookups, 0);
  return (cells, coded) => {
    const losses = sharing(cells);
    const mixed = tables.reduce((sum, table, t) => sum + table.lookups * losses[t], 0) / lookups;
    return mixed + (1 - mixed) * coded;
  };
}
