import {
  DqrmError,
  isDeadZone,
  type BitWidth,
  type Kernels,
  type PackedRows,
  type RowFormat,
  type TableSpec,
} from "@dqrm/core";
import { quantizeFbgemmTable, quantizeTable } from "@dqrm/quant";
import type { TablePostTraining } from "./post-training-config.ts";
import { estimatorOf } from "./range-estimator.ts";

/**
 * Quantizes one trained table, or gives it back where its bits are 32.
 */
export function quantizeTrainedTable(
  { cols, name, rows }: TableSpec,
  weights: PackedRows | Float32Array,
  config: TablePostTraining,
  kernels: Kernels,
): PackedRows | Float32Array {
  const { bits, granularity } = ruledBySize(config, rows);
  if (bits === 32) return weights;
  if (!(weights instanceof Float32Array)) throw packedAlready(`table ${name}`);
  const { groupCols, scheme, search, threshold } = config;
  if (scheme === "fbgemm") {
    if (granularity !== "row" || (bits !== 2 && bits !== 4 && bits !== 8))
      throw notFbgemm(name, bits, granularity);
    const range = estimatorOf(search, { bits, scheme: "asymmetric", scales: "half" });
    return quantizeFbgemmTable(weights, rows, { bits, cols }, range && { range });
  }
  const range = estimatorOf(search, { bits, scheme });
  const format: RowFormat = {
    bits,
    cols,
    scheme,
    granularity: granularity === "group" ? { kind: granularity, groupCols } : { kind: granularity },
  };
  return quantizeTable(weights, rows, format, {
    rounding: "nearest",
    kernels,
    ...(range && { range }),
    ...(isDeadZone(scheme) && { threshold }),
  });
}

function ruledBySize(
  config: TablePostTraining,
  rows: number,
): Pick<TablePostTraining, "bits" | "granularity"> {
  return config.overrides.findLast(({ minRows }) => rows >= minRows) ?? config;
}

function notFbgemm(name: string, bits: BitWidth, granularity: string): DqrmError<"VALUE"> {
  return new DqrmError("VALUE", {
    op: "quantizeModel",
    what: `format of table ${name}`,
    expected: "2, 4 or 8 bits and a scale per row, as FBGEMM has",
    actual: `${bits} bits and a scale per ${granularity}`,
  });
}

/** Makes the error of a part that is to be quantized but has codes. */
export function packedAlready(what: string): DqrmError<"VALUE"> {
  const expected = "floats to quantize, or bits 32 to keep its codes";
  return new DqrmError("VALUE", { op: "quantizeModel", what, expected, actual: "packed already" });
}
