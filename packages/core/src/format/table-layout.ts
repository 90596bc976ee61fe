import { ALIGNMENT_BYTES } from "./arena.ts";
import { hasBias, rowBytes, scaleCount, type RowFormat } from "./row-format.ts";

/** The header of a table file fills one cache line, so that what follows it is aligned. */
export const TABLE_HEADER_BYTES = 64;

/**
 * Says where the sections of a table file begin; each begins on a multiple of 64 bytes, gaps are zero.
 *
 * @shape header, scale f32[scaleCount], bias f32[as scale, or 0], codes u8[rows × rowBytes], in this order
 */
export interface TableLayout {
  readonly scaleOffset: number;
  readonly biasOffset: number;
  readonly codesOffset: number;
  readonly fileBytes: number;
}

/**
 * Computes where the sections of a table file begin, from its format and row count alone.
 *
 * @source docs/spec/table-file.md
 *
 * ```ts doctest
 * import { tableLayout } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * tableLayout(format, 10); // => { scaleOffset: 64, biasOffset: 128, codesOffset: 128, fileBytes: 208 }
 * ```
 */
export function tableLayout(format: RowFormat, rows: number): TableLayout {
  const scaleBytes = 4 * scaleCount(format, rows);
  const biasOffset = align(TABLE_HEADER_BYTES + scaleBytes);
  const codesOffset = align(biasOffset + (hasBias(format.scheme) ? scaleBytes : 0));
  const fileBytes = codesOffset + rows * rowBytes(format);
  return { scaleOffset: TABLE_HEADER_BYTES, biasOffset, codesOffset, fileBytes };
}

/**
 * Counts the bytes of the file that holds a packed table, header and alignment included.
 *
 * ```ts doctest
 * import { tableFileBytes } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * tableFileBytes(format, 10131227); // => 81049944
 * ```
 */
export function tableFileBytes(format: RowFormat, rows: number): number {
  return tableLayout(format, rows).fileBytes;
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
