import { DqrmError } from "../errors.ts";
import { reserveRowGradient, type RowGradient } from "../format/row-gradient.ts";

// 2^32 divided by the golden ratio: the top bits of the product depend on every bit of the row.
const SPREAD = 0x9e3779b1;

/**
 * Empties a gradient, makes room for as many as `terms` distinct rows, and gives the mask of the slots in use for
 * {@link rowPlace}.
 *
 * @throws SHAPE when the gradient holds rows of another width
 */
export function startCoalescing(op: string, out: RowGradient, cols: number, terms: number): number {
  if (out.cols !== cols) throw new DqrmError("SHAPE", { op, what: "out", expected: cols, actual: out.cols });
  reserveRowGradient(out, terms);
  out.count = 0;
  const size = terms < 2 ? 2 : 2 ** (33 - Math.clz32(terms - 1));
  out.slots.fill(0, 0, size);
  return size - 1;
}

/**
 * Finds the place of a row in a gradient, and appends the row with zeros when it is new.
 *
 * A slot holds one more than the place, and 0 while it is free; probing is linear.
 */
export function rowPlace(out: RowGradient, row: number, mask: number): number {
  const { cols, rows, slots } = out;
  let slot = Math.imul(row, SPREAD) >>> Math.clz32(mask);
  while (slots[slot] !== 0) {
    const place = slots[slot] - 1;
    if (rows[place] === row) return place;
    slot = (slot + 1) & mask;
  }
  const place = out.count;
  out.count = place + 1;
  slots[slot] = place + 1;
  rows[place] = row;
  out.values.fill(0, place * cols, (place + 1) * cols);
  return place;
}
