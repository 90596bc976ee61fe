import { createAppendSink, rowCodec, type RowCodecOptions, type SectionedCodec } from "@dqrm/comm";
import { createRowGradient, type RowGradient } from "@dqrm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const ROWS = 2 ** 31 - 1;
/** The nightly command asks for more (docs/contributing/style.md). */
const RUNS = Number(process.env["DQRM_PROPERTY_RUNS"] ?? 400);
const key = { seed: 3, stream: 1 };

/** The largest of each kind of float, and both zeros. */
const EDGES = [0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, 3.4028234663852886e38, -3.4028234663852886e38, 1];

/** Rows of odd widths up to 257, among them the first and the last that there can be, with values of all magnitudes. */
const gradients = fc
  .record({
    cols: fc.oneof(fc.integer({ min: 1, max: 17 }), fc.integer({ min: 1, max: 257 })),
    rows: fc.oneof(
      fc.uniqueArray(fc.nat(ROWS - 1), { maxLength: 12 }),
      fc.constantFrom([], [0], [ROWS - 1], [0, ROWS - 1], [0, 1, 2, 3, 4]),
    ),
    values: fc.array(
      fc.oneof(fc.constantFrom(...EDGES), fc.float({ noNaN: true, noDefaultInfinity: true })),
      {
        minLength: 1,
        maxLength: 40,
      },
    ),
  })
  .map(({ cols, rows, values }): RowGradient => {
    const gradient = createRowGradient(cols, rows.length);
    gradient.count = rows.length;
    gradient.rows.set(rows);
    for (let i = 0; i < rows.length * cols; i++) gradient.values[i] = values[(7 * i) % values.length];
    return gradient;
  });

function encoded(codec: SectionedCodec, gradient: RowGradient): Uint8Array {
  const out = new Uint8Array(codec.maxBytes(gradient.count, gradient.cols));
  return out.slice(0, codec.encode(gradient, out, key));
}

function decoded(codec: SectionedCodec, bytes: Uint8Array, cols: number): RowGradient {
  const gradient = createRowGradient(cols, 0);
  codec.decode(bytes, createAppendSink(gradient, ROWS));
  return gradient;
}

/** Gives the places of rows in ascending order. */
function ascending({ count, rows }: RowGradient): readonly number[] {
  return [...Array.from({ length: count }).keys()].sort((a, b) => rows[a] - rows[b]);
}

function peakOf({ cols, values }: RowGradient, row: number): number {
  return values
    .subarray(row * cols, (row + 1) * cols)
    .reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
}

const codecOf = (values: RowCodecOptions["values"], entropy: boolean): SectionedCodec =>
  rowCodec({ values, scale: { kind: "row" }, rounding: "nearest", entropy });

describe.each(["float32", "bfloat16"] as const)("what %s has decoded", (values) => {
  test.each([true, false])(
    "is written as the bytes that it was read from, coded by frequency: %s",
    (entropy) => {
      const codec = codecOf(values, entropy);
      fc.assert(
        fc.property(gradients, (gradient) => {
          const bytes = encoded(codec, gradient);

          expect(encoded(codec, decoded(codec, bytes, gradient.cols))).toEqual(bytes);
        }),
        { numRuns: RUNS },
      );
    },
  );
});

describe.each([
  ["int16", 32_767],
  ["int8", 127],
  ["int4", 7],
] as const)("%s with a scale for each row", (values, peakCode) => {
  test("gives back every id, and every value to half a step of its row", () => {
    const codec = codecOf(values, true);
    fc.assert(
      fc.property(gradients, (gradient) => {
        const { cols, count, rows } = gradient;
        const back = decoded(codec, encoded(codec, gradient), cols);
        const order = ascending(gradient);

        expect([...back.rows.subarray(0, back.count)]).toEqual(order.map((i) => rows[i]));
        order.forEach((i, at) => {
          // A scale is rounded up to f32, or to the smallest float, and the value besides.
          const scale = Math.max((peakOf(gradient, i) / peakCode) * (1 + 2 ** -22), 2 ** -149);
          for (let c = 0; c < cols; c++) {
            const value = gradient.values[i * cols + c];
            const error = Math.abs(back.values[at * cols + c] - value);
            expect(error).toBeLessThanOrEqual(scale / 2 + Math.abs(value) * 2 ** -22 + 2 ** -149);
          }
        });
        expect(back.count).toBe(count);
      }),
      { numRuns: RUNS },
    );
  });
});
