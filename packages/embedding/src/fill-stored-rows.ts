import { storeRows, type PackedRows, type StoredQuantization } from "@dqrm/core";

/** Floats that exist at once while a table of codes is filled. */
const CHUNK_FLOATS = 1 << 16;

/**
 * Fills a table that holds codes only from float values, a part at a time: there are never more floats than a part of it.
 *
 * @shape fill writes f32[n × cols], the values of the rows from `firstRow` on
 * @throws NON_FINITE when a value is NaN or infinite
 * @cost O(rows × cols), allocates 256 kB, or one row
 *
 * ```ts doctest
 * import { allocateRows, storedRowFormat } from "@dqrm/core";
 * import { fillStoredRows, uniformInit } from "@dqrm/embedding";
 * const stored = { kind: "stored", bits: 8, rounding: { kind: "nearest" }, step: { kind: "absmax" } } as const;
 * const [rows, cols] = [1000, 16];
 * const packed = allocateRows(storedRowFormat(stored, cols), rows);
 * fillStoredRows(stored, packed, (values, firstRow) => {
 *   const part = { rows: values.length / cols, cols, firstRow, bound: 1 / Math.sqrt(rows) };
 *   uniformInit(part, { seed: 1, stream: 0 }, values);
 * });
 * packed.codes.length + packed.scale.byteLength; // => 20000
 * ```
 */
export function fillStoredRows(
  quantization: StoredQuantization,
  packed: PackedRows,
  fill: (values: Float32Array, firstRow: number) => void,
): void {
  const { format, rows } = packed;
  const { cols } = format;
  const chunkRows = Math.max(1, Math.floor(CHUNK_FLOATS / cols));
  const chunk = new Float32Array(Math.min(rows, chunkRows) * cols);
  for (let first = 0; first < rows; first += chunkRows) {
    const values = chunk.subarray(0, Math.min(chunkRows, rows - first) * cols);
    fill(values, first);
    storeRows(quantization, values, packed, first);
  }
}
