import { rowBytes, type Kernels, type PackedModel, type PackedRows } from "@dqrm/core";
import type { CodeUse } from "./study-result.ts";

/** More codes than these are no histogram that anyone reads. */
const MOST_HISTOGRAM_BITS = 4;

/**
 * Counts the codes of the table with the most rows of a model, at the selected checkpoint and at the end; null when no
 * code means zero.
 *
 * @source DQRM Figure 7: under INT4 nearly all weights sit in three codes
 */
export function codeUse(
  { end: last, selected: best }: { readonly selected: PackedModel; readonly end: PackedModel },
  kernels: Kernels,
): CodeUse | null {
  const { spec } = best;
  const largest = spec.tables.reduce((best, { rows }, t) => (rows > spec.tables[best].rows ? t : best), 0);
  const selected = sharesOf(best.tables[largest], kernels);
  if (selected === null) return null;
  const end = last === best ? selected : sharesOf(last.tables[largest], kernels);
  const { bits, shares } = selected;
  const { name, rows } = spec.tables[largest];
  return {
    table: name,
    rows,
    bits,
    zeroShare: selected.zero,
    zeroShareAtEnd: (end ?? selected).zero,
    codeShares: bits <= MOST_HISTOGRAM_BITS ? shares : [],
  };
}

interface CodeShares {
  readonly bits: number;
  /** Share of the weights that are zero. */
  readonly zero: number;
  readonly shares: readonly number[];
}

function sharesOf(packed: PackedRows | Float32Array, kernels: Kernels): CodeShares | null {
  if (packed instanceof Float32Array) return { bits: 32, zero: zeroShare(packed), shares: [] };
  const { bits, cols, scheme } = packed.format;
  if (bits === 1 || scheme === "asymmetric") return null;
  const shares = Array.from(countCodes(packed, kernels), (count) => count / (packed.rows * cols));
  return { bits, zero: shares[2 ** (bits - 1)], shares };
}

function zeroShare(weights: Float32Array): number {
  let zeros = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] === 0) zeros++;
  return zeros / weights.length;
}

/** Codes are unpacked for this many rows at once. */
const UNPACKED_ROWS = 4096;

function countCodes({ codes, format, rows }: PackedRows, kernels: Kernels): Float64Array {
  const { bits, cols } = format;
  const unpack = kernels.prepare("unpackCodes", { bits, cols });
  const counts = new Float64Array(2 ** bits);
  const bytes = rowBytes(format);
  const unpacked = new Uint16Array(UNPACKED_ROWS * cols);
  for (let row = 0; row < rows; row += UNPACKED_ROWS) {
    const count = Math.min(UNPACKED_ROWS, rows - row);
    unpack(codes.subarray(row * bytes, (row + count) * bytes), unpacked, 0, count);
    for (let i = 0; i < count * cols; i++) counts[unpacked[i]]++;
  }
  return counts;
}
