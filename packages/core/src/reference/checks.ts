import { DqrmError } from "../errors.ts";
import type { Jagged } from "../format/jagged.ts";

/**
 * Checks a size that fixes a kernel.
 *
 * @throws VALUE when it is not an integer >= 1
 */
export function checkSize(op: string, what: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new DqrmError("VALUE", { op, what, expected: "an integer >= 1", actual: String(value) });
}

/**
 * Checks the part of the work that a call computes.
 *
 * @throws VALUE when begin and end are not integers with 0 <= begin <= end
 */
export function checkPart(op: string, begin: number, end: number): void {
  if (Number.isInteger(begin) && Number.isInteger(end) && begin >= 0 && begin <= end) return;
  throw new DqrmError("VALUE", {
    op,
    what: "part",
    expected: "integers 0 <= begin <= end",
    actual: `[${begin}, ${end})`,
  });
}

/**
 * Checks that an array is long enough for what a kernel reads or writes.
 *
 * @throws SHAPE when it is shorter than `needed`
 */
export function checkLength(op: string, what: string, actual: number, needed: number): void {
  if (actual < needed) throw new DqrmError("SHAPE", { op, what, expected: needed, actual });
}

/**
 * Checks that bags [begin, end) lie within their indices.
 *
 * @throws SHAPE when there are fewer bags or weights; VALUE when an offset falls or points past the indices
 */
export function checkBags(op: string, bags: Jagged, begin: number, end: number): void {
  const { indices, offsets, weights } = bags;
  checkPart(op, begin, end);
  checkLength(op, "offsets", offsets.length, end + 1);
  let previous = 0;
  for (let b = begin; b <= end; b++) {
    const offset = offsets[b];
    if (offset < previous || offset > indices.length) {
      throw new DqrmError("VALUE", {
        op,
        what: `offsets[${b}]`,
        expected: `within [${previous}, ${indices.length}]`,
        actual: String(offset),
      });
    }
    previous = offset;
  }
  if (weights !== undefined) checkLength(op, "weights", weights.length, offsets[end]);
}

/**
 * Reports an index outside its table.
 *
 * @throws INDEX_RANGE always
 */
export function failIndex(op: string, position: number, index: number, rows: number): never {
  throw new DqrmError("INDEX_RANGE", { op, position, index, rows });
}

/**
 * Checks that elements [begin, end) are finite.
 *
 * @throws NON_FINITE at the first that is NaN or infinite
 */
export function checkFinite(what: string, values: Float32Array, begin: number, end: number): void {
  for (let i = begin; i < end; i++) {
    const value = values[i];
    if (value - value !== 0) {
      throw new DqrmError("NON_FINITE", { what, position: i, actual: String(value) });
    }
  }
}
