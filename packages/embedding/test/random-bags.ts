import fc from "fast-check";
import { BIT_WIDTHS, type Jagged, type RowFormat } from "@dqrm/core";

/** Bags of any length, empty ones and repeated rows among them, weighted or not. */
export function bagsOf(rows: number): fc.Arbitrary<Jagged> {
  const index = fc.integer({ min: 0, max: rows - 1 });
  return fc
    .record({
      bags: fc.array(fc.array(index, { maxLength: 6 }), { minLength: 1, maxLength: 8 }),
      weighted: fc.boolean(),
      weights: fc.infiniteStream(fc.float({ noNaN: true, min: -2, max: 2 })),
    })
    .map(({ bags, weighted, weights }) => {
      const indices = Int32Array.from(bags.flat());
      const offsets = Int32Array.from([0, ...bags.map((_, b) => bags.slice(0, b + 1).flat().length)]);
      const next = (): number => Number(weights.next().value);
      return weighted
        ? { indices, offsets, weights: Float32Array.from(indices, next) }
        : { indices, offsets };
    });
}

/** Weights in ±1, with the largest magnitude anywhere. */
export function weightsOf(length: number): fc.Arbitrary<Float32Array> {
  return fc
    .array(fc.float({ noNaN: true, min: -1, max: 1 }), { minLength: length, maxLength: length })
    .map((numbers) => Float32Array.from(numbers));
}

/** Formats that quantization-aware training knows. */
export const trainedFormat: fc.Arbitrary<RowFormat> = fc.record({
  bits: fc.constantFrom(...BIT_WIDTHS),
  cols: fc.integer({ min: 1, max: 9 }),
  scheme: fc.constant("symmetric" as const),
  granularity: fc.oneof(
    fc.constant({ kind: "table" } as const),
    fc.constant({ kind: "row" } as const),
    fc.record({ kind: fc.constant("group" as const), groupCols: fc.integer({ min: 1, max: 5 }) }),
  ),
});

/** The bits of floats, so that −0 and 0 differ. */
export function bitsOf(numbers: Float32Array): number[] {
  return [...new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)];
}
