import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allocateRows,
  BIT_WIDTHS,
  createKernels,
  reference,
  uniformAt,
  type BitWidth,
  type PackedRows,
  type Rounding,
} from "@dqrm/core";
import { bagCases, bitsOf, tableCases, type TableCase } from "./arbitrary-table.ts";

const kernels = createKernels([reference]);
const key = { seed: 3, stream: 1 };
const manyBits: readonly BitWidth[] = BIT_WIDTHS.filter((bits) => bits > 1);

function pack({ format, rows, weights }: TableCase, rounding: Rounding = "nearest", shrink = 1): PackedRows {
  const packed = allocateRows(format, rows);
  kernels.prepare("chooseScale", format)(weights, packed.scale, packed.bias, 0, rows);
  for (let s = 0; s < packed.scale.length; s++) packed.scale[s] *= shrink;
  kernels.prepare("quantizeRows", { format, rounding })(weights, packed, key, 0, rows);
  return packed;
}

function unpack({ format, rows }: TableCase, packed: PackedRows): Float32Array {
  const weights = new Float32Array(rows * format.cols);
  kernels.prepare("dequantizeRows", format)(packed, weights, 0, rows);
  return weights;
}

function scaleAt({ format }: TableCase, packed: PackedRows, element: number): number {
  const { cols, granularity } = format;
  const row = Math.floor(element / cols);
  if (granularity.kind === "table") return packed.scale[0];
  if (granularity.kind === "row") return packed.scale[row];
  const groups = Math.ceil(cols / granularity.groupCols);
  return packed.scale[row * groups + Math.floor((element % cols) / granularity.groupCols)];
}

describe("quantizing rows with scales that cover them", () => {
  it.each(["symmetric", "asymmetric"] as const)("%s: moves no weight by more than half a scale", (scheme) => {
    fc.assert(
      fc.property(tableCases(scheme, scheme === "symmetric" ? manyBits : BIT_WIDTHS), (table) => {
        const packed = pack(table);

        const weights = unpack(table, packed);

        weights.forEach((weight, i) => {
          const scale = scaleAt(table, packed, i);
          // Beside half a scale: the f32 roundings of w − bias, 1/scale, their product, code·scale and the sum with
          // the bias, each at most 2^-24 of a magnitude below the 65,535 codes' width and the bias together.
          const magnitude = scale * 2 ** table.format.bits + 4;
          expect(Math.abs(weight - table.weights[i])).toBeLessThanOrEqual(
            scale / 2 + 5 * 2 ** -24 * magnitude,
          );
        });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("is idempotent: weights of codes have those codes again", () => {
    fc.assert(
      fc.property(tableCases("symmetric"), (table) => {
        const packed = pack(table);
        const again: PackedRows = { ...packed, codes: new Uint8Array(packed.codes.length) };
        const { format, rows } = table;

        kernels.prepare("quantizeRows", { format, rounding: "nearest" })(
          unpack(table, packed),
          again,
          key,
          0,
          rows,
        );

        expect(again.codes).toEqual(packed.codes);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it.each(["symmetric", "asymmetric"] as const)(
    "%s: is monotone: a larger weight never gets a smaller one, clamped or not",
    (scheme) => {
      fc.assert(
        fc.property(tableCases(scheme), fc.constantFrom(1, 0.3), ({ format, rows, weights }, shrink) => {
          const table: TableCase = { format: { ...format, granularity: { kind: "table" } }, rows, weights };
          const quantized = unpack(table, pack(table, "nearest", shrink));

          const order = [...weights.keys()].sort((a, b) => weights[a] - weights[b]);

          order.slice(1).forEach((i, k) => {
            expect(quantized[i]).toBeGreaterThanOrEqual(quantized[order[k]]);
          });
        }),
        { seed: 7, numRuns: 300 },
      );
    },
  );

  it("never uses the lowest symmetric code, which only clipping reaches", () => {
    fc.assert(
      fc.property(tableCases("symmetric", manyBits), (table) => {
        const codes = new Uint16Array(table.weights.length);

        kernels.prepare("unpackCodes", table.format)(pack(table).codes, codes, 0, table.rows);

        expect(codes.every((code) => code > 0)).toBe(true);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe("fakeQuantizeRows", () => {
  it.each(["symmetric", "asymmetric"] as const)(
    "%s: equals quantizing and dequantizing bit for bit, in place as well, clipped or not",
    (scheme) => {
      fc.assert(
        fc.property(tableCases(scheme), fc.constantFrom(1, 0.5, 0.01), (table, shrink) => {
          const packed = pack(table, "nearest", shrink);
          const weights = table.weights.slice();

          kernels.prepare("fakeQuantizeRows", table.format)(
            weights,
            packed.scale,
            packed.bias,
            weights,
            0,
            table.rows,
          );

          expect(bitsOf(weights)).toEqual(bitsOf(unpack(table, packed)));
        }),
        { seed: 4, numRuns: 300 },
      );
    },
  );
});

describe("embeddingBagFakeQuant", () => {
  it("equals embeddingBagPacked over the same rows and scales, bit for bit", () => {
    const cases = tableCases("symmetric").chain((table) =>
      fc.record({
        table: fc.constant(table),
        bags: bagCases(table.rows),
        pooling: fc.constantFrom("sum" as const, "mean" as const),
        shrink: table.format.granularity.kind === "table" ? fc.constantFrom(1, 0.3) : fc.constant(1),
      }),
    );
    fc.assert(
      fc.property(cases, ({ table, bags, pooling, shrink }) => {
        const { format, rows, weights } = table;
        const { bits, cols, granularity } = format;
        const packed = pack(table, "nearest", shrink);
        const count = bags.offsets.length - 1;
        const place = { stride: cols + 2, offset: 1 };
        const fake = new Float32Array(count * place.stride);
        const real = fake.slice();

        kernels.prepare("embeddingBagFakeQuant", { ...place, bits, cols, granularity, pooling })(
          weights,
          rows,
          packed.scale,
          bags,
          fake,
          0,
          count,
        );
        kernels.prepare("embeddingBagPacked", { ...place, format, pooling })(packed, bags, real, 0, count);

        expect(bitsOf(fake)).toEqual(bitsOf(real));
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe("stochastic rounding", () => {
  it("moves no covered weight by a whole scale, and depends on the key and the element alone", () => {
    fc.assert(
      fc.property(tableCases("symmetric", manyBits), (table) => {
        const packed = pack(table, "stochastic");

        const weights = unpack(table, packed);

        expect(pack(table, "stochastic").codes).toEqual(packed.codes);
        weights.forEach((weight, i) => {
          const scale = scaleAt(table, packed, i);
          const slack = 3 * 2 ** -24 * scale * 2 ** table.format.bits;
          expect(Math.abs(weight - table.weights[i])).toBeLessThanOrEqual(scale + slack);
        });
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it("adds the uniform number of the element's index, counted over the whole table, and rounds down", () => {
    const format = { bits: 4, cols: 3, scheme: "symmetric", granularity: { kind: "table" } } as const;
    const src = Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
    const packed = allocateRows(format, 2);
    packed.scale[0] = 1;

    kernels.prepare("quantizeRows", { format, rounding: "stochastic" })(src, packed, key, 1, 2);

    const expected = [3, 4, 5].map((element) => Math.floor(0.5 + uniformAt(key, element)));
    expect([...unpack({ format, rows: 2, weights: src }, packed).slice(3)]).toEqual(expected);
  });

  it.each([1, 4] as const)("at %i bits is unbiased: the mean of many is the weight", (bits) => {
    const cols = 20_000;
    const format = { bits, cols, scheme: "symmetric", granularity: { kind: "table" } } as const;
    const packed = allocateRows(format, 1);
    packed.scale[0] = 1;
    const src = new Float32Array(cols).fill(0.25);

    kernels.prepare("quantizeRows", { format, rounding: "stochastic" })(src, packed, key, 0, 1);

    const weights = unpack({ format, rows: 1, weights: src }, packed);
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / cols;
    // Codes 2 apart at one bit and 1 apart at four: the deviation of one is at most 1; six standard errors.
    expect(Math.abs(mean - 0.25)).toBeLessThan(6 / Math.sqrt(cols));
  });
});
