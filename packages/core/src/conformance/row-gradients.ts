import { createRowGradient, type RowGradient } from "../format/row-gradient.ts";
import { expectNumber, expectSame } from "./expect.ts";

/** Allocates a row gradient with room for `capacity` rows that holds the remains of an earlier batch. */
export function usedRowGradient(cols: number, capacity: number): RowGradient {
  const gradient = createRowGradient(cols, capacity);
  gradient.count = capacity;
  gradient.rows.fill(5);
  gradient.values.fill(Number.NaN);
  gradient.slots.fill(-1);
  return gradient;
}

/** Expects the same rows in the same order, with the same values bit for bit. */
export function expectRowGradient(actual: RowGradient, expected: RowGradient): void {
  const { cols, count } = expected;
  expectNumber(actual.count, count, "out.count");
  expectSame(actual.rows.subarray(0, count), expected.rows.subarray(0, count), "out.rows");
  expectSame(
    actual.values.subarray(0, count * cols),
    expected.values.subarray(0, count * cols),
    "out.values",
  );
}
