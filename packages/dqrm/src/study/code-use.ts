import { rowBytes, type Kernels, type ModelSpec, type ModelState, type PackedRows } from "@dqrm/core";
import { packModel } from "@dqrm/dlrm";
import type { CodeUse } from "./study-result.ts";

/** More codes than these are no histogram that anyone reads. */
const MOST_HISTOGRAM_BITS = 4;

/**
 * Counts the codes of the table with the most rows, as the selected weights and the last ones are served; null when they
 * are floats, or codes without a middle that means zero.
 *
 * @cost packs the model twice
 * @source DQRM Figure 7: under INT4 nearly all weights sit in three codes
 */
export function codeUse(
  spec: ModelSpec,
  states: { readonly selected: ModelState; readonly end: ModelState },
  kernels: Kernels,
): CodeUse | null {
  const largest = spec.tables.reduce((best, { rows }, t) => (rows > spec.tables[best].rows ? t : best), 0);
  const selected = sharesOf(spec, states.selected, largest, kernels);
  if (selected === null) return null;
  const end = states.end === states.selected ? selected : sharesOf(spec, states.end, largest, kernels);
  const { bits, shares } = selected;
  const { name, rows } = spec.tables[largest];
  const zero = 2 ** (bits - 1);
  return {
    table: name,
    rows,
    bits,
    zeroShare: shares[zero],
    zeroShareAtEnd: (end ?? selected).shares[zero],
    codeShares: bits <= MOST_HISTOGRAM_BITS ? shares : [],
  };
}

interface CodeShares {
  readonly bits: number;
  readonly shares: readonly number[];
}

function sharesOf(spec: ModelSpec, state: ModelState, table: number, kernels: Kernels): CodeShares | null {
  const packed = packModel(spec, state, kernels).tables[table];
  if (packed instanceof Float32Array || packed.format.scheme === "asymmetric") return null;
  const { bits, cols } = packed.format;
  if (bits === 1) return null;
  const counts = countCodes(packed, kernels);
  return { bits, shares: Array.from(counts, (count) => count / (packed.rows * cols)) };
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
