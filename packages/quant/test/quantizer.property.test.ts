import { allocateRows, createKernels, reference } from "@dqrm/core";
import { createQuantizer, dequantizeTable, levelRange, quantizeTable, viewRows } from "@dqrm/quant";
import fc from "fast-check";
import { expect, test } from "vitest";
import { scaleAt, signedCodes, storedCodes, tables } from "./codes.ts";

const runs = { seed: 1, numRuns: 300 };
const nearest = { rounding: "nearest" } as const;
const key = { seed: 3, stream: 5 };

test("a weight inside the range is at most half a step from its quantized value", () => {
  fc.assert(
    fc.property(tables, ({ format, rows, weights }) => {
      const packed = quantizeTable(weights, rows, format, nearest);

      const back = dequantizeTable(packed);

      const { step } = levelRange(format);
      weights.forEach((weight, i) => {
        const scale = packed.scale[scaleAt(format, i)];
        // Half a step; the level, its product with the scale and the sum with the bias are each rounded to f32.
        const slack = (2 ** format.bits * scale + Math.abs(weight) + Math.abs(back[i])) * 2 ** -22;
        expect(Math.abs(back[i] - weight)).toBeLessThanOrEqual((step / 2) * scale + slack);
      });
    }),
    runs,
  );
});

test("quantizing what was dequantized changes nothing", () => {
  fc.assert(
    fc.property(tables, ({ format, rows, weights }) => {
      const packed = quantizeTable(weights, rows, format, nearest);
      const again = { ...packed, codes: new Uint8Array(packed.codes.length) };

      createQuantizer(format, nearest).quantize(dequantizeTable(packed), again, key);

      expect([...again.codes]).toEqual([...packed.codes]);
    }),
    runs,
  );
});

test("the most negative symmetric code is reached by clipping only", () => {
  fc.assert(
    fc.property(
      tables.filter(({ format }) => format.scheme === "symmetric" && format.bits > 1),
      ({ format, rows, weights }) => {
        const packed = quantizeTable(weights, rows, format, nearest);

        const lowest = Math.min(...signedCodes(packed));

        expect(lowest).toBeGreaterThanOrEqual(-(2 ** (format.bits - 1)) + 1);
      },
    ),
    runs,
  );
});

test("stochastic rounding does not depend on how the rows are divided among calls", () => {
  fc.assert(
    fc.property(tables, fc.nat(), ({ format, rows, weights }, cut) => {
      const whole = quantizeTable(weights, rows, format, { rounding: "stochastic", key });
      const divided = { ...whole, codes: new Uint8Array(whole.codes.length) };
      const quantizeRows = createKernels([reference]).prepare("quantizeRows", {
        format,
        rounding: "stochastic",
      });
      const middle = cut % (rows + 1);

      quantizeRows(weights, divided, key, middle, rows);
      quantizeRows(weights, divided, key, 0, middle);

      expect([...divided.codes]).toEqual([...whole.codes]);
    }),
    runs,
  );
});

test("stochastic rounding moves a weight to one of its two neighbours", () => {
  fc.assert(
    fc.property(
      tables.filter(({ format }) => format.bits > 1),
      ({ format, rows, weights }) => {
        const packed = quantizeTable(weights, rows, format, { rounding: "stochastic", key });

        const back = dequantizeTable(packed);

        weights.forEach((weight, i) => {
          const scale = packed.scale[scaleAt(format, i)];
          const slack = (2 ** format.bits * scale + Math.abs(weight) + Math.abs(back[i])) * 2 ** -22;
          expect(Math.abs(back[i] - weight)).toBeLessThanOrEqual(scale + slack);
        });
      },
    ),
    runs,
  );
});

test("the mean of stochastic rounding over keys is the weight", () => {
  const draws = 4000;
  const format = { bits: 4, cols: 6, scheme: "symmetric", granularity: { kind: "table" } } as const;
  const weights = Float32Array.of(1, 0.31, -0.77, 0.05, -0.999, 0);
  const quantizer = createQuantizer(format, { rounding: "stochastic" });
  const packed = allocateRows(format, 1);
  quantizer.choose(weights, packed);
  const back = new Float32Array(6);
  const sums = new Float64Array(6);

  for (let seed = 0; seed < draws; seed++) {
    quantizer.quantize(weights, packed, { seed, stream: 0 });
    quantizer.dequantize(packed, back);
    back.forEach((value, i) => (sums[i] += value));
  }

  // Hoeffding: draws lie within one step; at most one false alarm in 10^12 numbers. Levels up to 8 are rounded to f32 besides.
  const spread = Math.sqrt(Math.log(2e12) / (2 * draws));
  const allowed = packed.scale[0] * (spread + 8 * 2 ** -22);
  weights.forEach((weight, i) => {
    expect(Math.abs(sums[i] / draws - weight)).toBeLessThanOrEqual(allowed);
  });
});

test("other keys give other codes", () => {
  const format = { bits: 4, cols: 64, scheme: "symmetric", granularity: { kind: "table" } } as const;
  const weights = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));

  const [first, second, stream] = [
    { seed: 1, stream: 0 },
    { seed: 2, stream: 0 },
    { seed: 1, stream: 1 },
  ].map((each) => [...quantizeTable(weights, 1, format, { rounding: "stochastic", key: each }).codes]);

  expect(first).not.toEqual(second);
  expect(first).not.toEqual(stream);
});

test("a view of some rows dequantizes to those rows", () => {
  fc.assert(
    fc.property(tables, fc.nat(), fc.nat(), ({ format, rows, weights }, a, b) => {
      const packed = quantizeTable(weights, rows, format, nearest);
      const begin = Math.min(a % (rows + 1), b % (rows + 1));
      const end = Math.max(a % (rows + 1), b % (rows + 1));

      const part = viewRows(packed, begin, end);

      const whole = dequantizeTable(packed);
      expect([...dequantizeTable(part)]).toEqual([...whole.subarray(begin * format.cols, end * format.cols)]);
      expect([...storedCodes(part)]).toEqual(
        [...storedCodes(packed)].slice(begin * format.cols, end * format.cols),
      );
    }),
    runs,
  );
});
