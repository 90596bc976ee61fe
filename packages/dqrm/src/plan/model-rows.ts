import type { TrainingBits } from "@dqrm/dlrm";
import type { PlannedModel } from "./planned-model.ts";
import { bytesWith, FBGEMM_NAME, sum, tableScales, type SizeRow } from "./size-rows.ts";

/** Holds what the linear layers take at some bits. */
export interface LayerRow {
  readonly bits: TrainingBits;
  readonly bytes: number;
  readonly scaleBytes: number;
}

/** Holds what a whole model takes. */
export interface ModelRow {
  readonly name: string;
  readonly bytes: number;
}

/** The widths of layers that the paper compares. */
const LAYER_WIDTHS: readonly TrainingBits[] = [32, 8, 4];

/** Lists what the linear layers of a model take, one scale for each output. */
export function layerRows(model: PlannedModel): readonly LayerRow[] {
  return LAYER_WIDTHS.map((bits) => {
    const report = bytesWith(model, [["quantization.mlp.bits", String(bits)]]);
    return { bits, bytes: report.mlp, scaleBytes: report.scales - tableScales(report) };
  });
}

/** Adds up tables and layers as the paper combines them; headers of files are left out. */
export function modelRows(sizes: readonly SizeRow[], layers: readonly LayerRow[]): readonly ModelRow[] {
  const combinations = [
    ["FP32, layers FP32", "FP32", 32],
    ["INT4, layers FP32", "INT4", 32],
    ["INT4, layers INT4", "INT4", 4],
    ["INT4 rows of FBGEMM, layers INT8", FBGEMM_NAME, 8],
  ] as const;
  return combinations.map(([name, table, bits]) => {
    const parts = [sizes.find((row) => row.name === table), layers.find((row) => row.bits === bits)];
    return { name, bytes: sum(parts.map((part) => (part === undefined ? 0 : part.bytes + part.scaleBytes))) };
  });
}
