import { createKernels, reference, type PackedRows, type RowFormat, type ScaleGranularity } from "@dqrm/core";
import { BIT_WIDTHS } from "@dqrm/core";
import fc from "fast-check";

/** Unpacks the stored codes. */
export function storedCodes({ codes, format, rows }: PackedRows): Uint16Array {
  const unpacked = new Uint16Array(rows * format.cols);
  createKernels([reference]).prepare("unpackCodes", format)(codes, unpacked, 0, rows);
  return unpacked;
}

/** Gives the codes of a symmetric format as the signed levels that they stand for. */
export function signedCodes(packed: PackedRows): number[] {
  return Array.from(storedCodes(packed), (code) => code - 2 ** (packed.format.bits - 1));
}

/** Draws any granularity. */
export const granularities: fc.Arbitrary<ScaleGranularity> = fc.oneof(
  fc.constant<ScaleGranularity>({ kind: "table" }),
  fc.constant<ScaleGranularity>({ kind: "row" }),
  fc.integer({ min: 1, max: 5 }).map((groupCols): ScaleGranularity => ({ kind: "group", groupCols })),
);

/** Draws any format of a few columns. */
export const formats: fc.Arbitrary<RowFormat> = fc.record({
  bits: fc.constantFrom(...BIT_WIDTHS),
  cols: fc.integer({ min: 1, max: 9 }),
  scheme: fc.constantFrom("symmetric", "asymmetric"),
  granularity: granularities,
});

/** Draws a format and a small table of weights for it. */
export const tables: fc.Arbitrary<{ format: RowFormat; rows: number; weights: Float32Array }> = fc
  .tuple(formats, fc.integer({ min: 1, max: 6 }), fc.constantFrom(1e-3, 1, 1e4))
  .chain(([format, rows, magnitude]) =>
    fc
      .array(fc.double({ min: -1, max: 1, noNaN: true }), {
        minLength: rows * format.cols,
        maxLength: rows * format.cols,
      })
      .map((values) => ({ format, rows, weights: Float32Array.from(values, (v) => v * magnitude) })),
  );

/** Gives the position of the scale of a weight, by the definition of the layout. */
export function scaleAt({ cols, granularity }: RowFormat, index: number): number {
  const row = Math.floor(index / cols);
  switch (granularity.kind) {
    case "table":
      return 0;
    case "row":
      return row;
    case "group":
      return (
        row * Math.ceil(cols / granularity.groupCols) + Math.floor((index % cols) / granularity.groupCols)
      );
  }
}
