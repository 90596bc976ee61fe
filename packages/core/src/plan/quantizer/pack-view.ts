import { allocateRows, rowBytes, type PackedRows } from "../../format/row-format.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import type { TableSpec } from "../model-spec.ts";
import type { RowView } from "./row-view.ts";

/** Rows that are mapped at a time, so that no second copy of a table is needed. */
const CHUNK_ROWS = 1024;

/** Packs a table as a view shows it that took the table's peak: codes, or mapped floats. */
export function packView(
  { cols, rows }: TableSpec,
  weights: Float32Array,
  view: RowView,
  kernels: Kernels,
): PackedRows | Float32Array {
  if (view.format === undefined) {
    const floats = weights.slice();
    mapChunks(rows, (indices, begin, count) => {
      view.map(indices, floats.subarray(begin * cols, (begin + count) * cols), 0, count);
    });
    return floats;
  }
  const packed = allocateRows(view.format, rows);
  packed.scale.set(view.scale);
  packed.bias.set(view.bias);
  const bytes = rowBytes(view.format);
  const quantize = kernels.prepare("quantizeRows", { format: view.format, rounding: "nearest" });
  const values = new Float32Array(Math.min(CHUNK_ROWS, rows) * cols);
  mapChunks(rows, (indices, begin, count) => {
    values.set(weights.subarray(begin * cols, (begin + count) * cols));
    view.map(indices, values, 0, count);
    const codes = packed.codes.subarray(begin * bytes, (begin + count) * bytes);
    quantize(values, { ...packed, rows: count, codes }, UNUSED_KEY, 0, count);
  });
  return packed;
}

/** Rounding to nearest draws no random numbers. */
export const UNUSED_KEY = { seed: 0, stream: 0 } as const;

function mapChunks(rows: number, map: (indices: Int32Array, begin: number, count: number) => void): void {
  const indices = new Int32Array(Math.min(CHUNK_ROWS, rows));
  for (let begin = 0; begin < rows; begin += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - begin);
    for (let k = 0; k < count; k++) indices[k] = begin + k;
    map(indices, begin, count);
  }
}
