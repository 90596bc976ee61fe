import type { Stage } from "../runtime/stage.ts";

/** Copies rows[begin..end) of a table into scratch, one after another. */
export function gatherTouched(
  stage: Stage,
  table: Float32Array,
  cols: number,
  rows: Int32Array,
  begin: number,
  end: number,
): number {
  const pointer = stage.take(4 * (end - begin) * cols);
  let to = pointer / 4;
  for (let k = begin; k < end; k++) {
    const from = rows[k] * cols;
    for (let c = 0; c < cols; c++) stage.floats[to + c] = table[from + c];
    to += cols;
  }
  return pointer;
}

/** Puts rows from scratch back where they were gathered. */
export function giveTouched(
  stage: Stage,
  table: Float32Array,
  cols: number,
  rows: Int32Array,
  begin: number,
  end: number,
  pointer: number,
): void {
  let from = pointer / 4;
  for (let k = begin; k < end; k++) {
    const to = rows[k] * cols;
    for (let c = 0; c < cols; c++) table[to + c] = stage.floats[from + c];
    from += cols;
  }
}

/** Lends rows[begin..end), or their places when they were gathered; the pointer is that of the first. */
export function lendTouched(
  stage: Stage,
  rows: Int32Array,
  begin: number,
  end: number,
  gathered: boolean,
): number {
  if (!gathered) return stage.read(rows, begin, end) + 4 * begin;
  return stage.count(end - begin);
}
