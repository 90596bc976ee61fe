import fc from "fast-check";
import { BIT_WIDTHS, type BitWidth, type Jagged, type RowFormat, type ScaleGranularity } from "@dqrm/core";

/** A small table with the format in which it is to be packed. */
export interface TableCase {
  readonly format: RowFormat;
  readonly rows: number;
  readonly weights: Float32Array;
}

const weight = fc.oneof(
  fc.float({ min: -2, max: 2, noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -8, max: 8 }).map((half) => half / 2),
  fc.constantFrom(0, -0, 1e-30, -1e-9),
);

const granularity: fc.Arbitrary<ScaleGranularity> = fc.oneof(
  fc.constant<ScaleGranularity>({ kind: "table" }),
  fc.constant<ScaleGranularity>({ kind: "row" }),
  fc.integer({ min: 1, max: 5 }).map((groupCols): ScaleGranularity => ({ kind: "group", groupCols })),
);

/** Draws a table of any width, granularity and number of bits. */
export function tableCases(
  scheme: RowFormat["scheme"],
  widths: readonly BitWidth[] = BIT_WIDTHS,
): fc.Arbitrary<TableCase> {
  return fc
    .record({
      bits: fc.constantFrom(...widths),
      cols: fc.integer({ min: 1, max: 11 }),
      rows: fc.integer({ min: 1, max: 4 }),
      granularity,
    })
    .chain(({ rows, ...format }) =>
      fc
        .array(weight, { minLength: rows * format.cols, maxLength: rows * format.cols })
        .map((weights) => ({ format: { ...format, scheme }, rows, weights: Float32Array.from(weights) })),
    );
}

/** Draws bags of rows below `rows`: empty, repeated, weighted or not. */
export function bagCases(rows: number): fc.Arbitrary<Jagged> {
  const bag = fc.array(fc.tuple(fc.nat({ max: rows - 1 }), weight), { maxLength: 4 });
  return fc.tuple(fc.array(bag, { maxLength: 4 }), fc.boolean()).map(([bags, weighted]) => {
    const offsets = new Int32Array(bags.length + 1);
    bags.forEach((terms, b) => (offsets[b + 1] = offsets[b] + terms.length));
    const indices = Int32Array.from(bags.flat().map(([row]) => row));
    if (!weighted) return { indices, offsets };
    return { indices, offsets, weights: Float32Array.from(bags.flat().map(([, w]) => w)) };
  });
}

/** Gives the bits of numbers, so that −0 and +0 differ. */
export function bitsOf(values: Float32Array): number[] {
  return [...new Uint32Array(values.buffer, values.byteOffset, values.length)];
}
