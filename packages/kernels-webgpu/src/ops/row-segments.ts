import { DqrmError, reserveRowGradient, type RowGradient } from "@dqrm/core";
import type { Host } from "../bridge/host.ts";
import { runSingle } from "./single-pass.ts";

/** Lists, for each of some rows, the terms that are summed for it, in order. */
export interface RowSegments {
  /** Each row once, in order of first appearance. */
  readonly rows: Int32Array;
  /** The terms of row k are [starts[k], starts[k + 1]). @shape u32[rows + 1] */
  readonly starts: Uint32Array;
  /** For each term, its position before it was sorted. */
  readonly positions: Uint32Array;
}

/**
 * Sorts terms by row, the terms of a row in their own order: no two sums share a row, so that no order is left to chance.
 *
 * @shape places: for each term, the place of its row in `rows`
 */
export function sortTerms(rows: readonly number[], places: Uint32Array): RowSegments {
  const starts = new Uint32Array(rows.length + 1);
  for (const place of places) starts[place + 1]++;
  for (let k = 0; k < rows.length; k++) starts[k + 1] += starts[k];
  const next = starts.slice();
  const positions = new Uint32Array(places.length);
  places.forEach((place, term) => {
    positions[next[place]++] = term;
  });
  return { rows: Int32Array.from(rows), starts, positions };
}

/** Says what the terms of segments are: factors times rows of a matrix. */
export interface SegmentTerms {
  readonly matrix: Float32Array;
  readonly stride: number;
  readonly offset: number;
  /** Row of the matrix for each sorted term. */
  readonly sources: Uint32Array;
  readonly factors: Float32Array;
}

/**
 * Overwrites a gradient with the sums of segments.
 *
 * @throws SHAPE when it holds rows of another width
 */
export function sumSegments(
  host: Host,
  { rows, starts }: RowSegments,
  terms: SegmentTerms,
  out: RowGradient,
): void {
  reserveRowGradient(out, rows.length);
  out.count = rows.length;
  out.rows.set(rows);
  const { factors, matrix, offset, sources, stride } = terms;
  const values = out.values.subarray(0, rows.length * out.cols);
  runSingle(host, {
    shader: "segment-sums",
    params: [rows.length, out.cols, stride, offset],
    reads: [matrix, sources, factors, starts],
    writes: [values],
    invocations: values.length,
  });
}

/**
 * Checks the width of a gradient.
 *
 * @throws SHAPE when it holds rows of another width
 */
export function checkWidth(op: string, out: RowGradient, cols: number): void {
  if (out.cols !== cols) throw new DqrmError("SHAPE", { op, what: "out", expected: cols, actual: out.cols });
}
