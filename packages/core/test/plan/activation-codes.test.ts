import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activationCodes, activationSites, type ModelSpec } from "../../src/index.ts";
import { fakeQuantizeActivations } from "../../src/plan/activation/activation-codes.ts";
import { PLAN_MODELS } from "../../src/conformance/plan-models.ts";
import golden from "../golden/quantizer.json" with { type: "json" };

const base = PLAN_MODELS["FP32, sgd, dot"];

const withActivations = (at: "stacks" | "layers"): ModelSpec => ({
  ...base,
  activationQuantization: { bits: 8, at, range: { kind: "running" } },
});

describe("the codes of a range", () => {
  const values = golden.x.flat();
  const range = { min: Math.min(...values), max: Math.max(...values) };

  // The zero points are those of golden/dqrm_modules.json, which @dqrm/quant and @dqrm/dlrm keep whole.
  test.each([
    { bits: 8, zeroPoint: 161, vectors: golden.bits[8] },
    { bits: 16, zeroPoint: 41479, vectors: golden.bits[16] },
  ])("are the authors' at $bits bits, scale and zero point bit for bit", ({ bits, vectors, zeroPoint }) => {
    const asymmetric = activationCodes(range, bits, "asymmetric");
    const symmetric = activationCodes(range, bits, "symmetric");

    expect([asymmetric.scale, -asymmetric.low]).toEqual([vectors.asymmetricScale, zeroPoint]);
    expect(symmetric.scale).toBe(vectors.scaleTensor);
  });

  test("count up from 0 where nothing is negative", () => {
    expect(activationCodes({ min: 3, max: 510 }, 8, "asymmetric")).toEqual({ scale: 2, low: 0, high: 255 });
  });

  test("have a scale above zero when all values are zero", () => {
    for (const scheme of ["symmetric", "asymmetric"] as const) {
      expect(activationCodes({ min: 0, max: 0 }, 8, scheme).scale).toBeGreaterThan(0);
    }
  });
});

describe("values behind codes", () => {
  const cases = fc.record({
    bits: fc.integer({ min: 8, max: 16 }),
    scheme: fc.constantFrom("symmetric" as const, "asymmetric" as const),
    values: fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 }),
  });

  const quantized = (values: Float32Array, bits: number, scheme: "symmetric" | "asymmetric") => {
    const codes = activationCodes({ min: Math.min(...values), max: Math.max(...values) }, bits, scheme);
    const seen = new Float32Array(values.length);
    fakeQuantizeActivations(values, values.length, codes, seen);
    return { codes, seen };
  };

  test("are at most half a step away inside the range", () => {
    fc.assert(
      fc.property(cases, ({ bits, scheme, values }) => {
        const source = Float32Array.from(values);
        const { codes, seen } = quantized(source, bits, scheme);
        // Half a step, the rounding of x/scale and of code·scale to f32, and at the ends of an asymmetric range as much
        // as its zero point was rounded by.
        const magnitude = Math.max(...source.map(Math.abs));
        const bound = codes.scale * (scheme === "symmetric" ? 0.5 : 1) + 4 * 2 ** -24 * magnitude;
        seen.forEach((value, i) => {
          expect(Math.abs(value - source[i])).toBeLessThanOrEqual(bound);
        });
      }),
    );
  });

  test("stay where they are when they are quantized again", () => {
    fc.assert(
      fc.property(cases, ({ bits, scheme, values }) => {
        const source = Float32Array.from(values);
        const { codes, seen } = quantized(source, bits, scheme);
        const again = new Float32Array(seen.length);
        fakeQuantizeActivations(seen, seen.length, codes, again);
        expect(again).toEqual(seen);
      }),
    );
  });

  test("keep their order, and zero stays zero", () => {
    fc.assert(
      fc.property(cases, ({ bits, scheme, values }) => {
        const sorted = Float32Array.from([...values, 0]).sort();
        const { seen } = quantized(sorted, bits, scheme);
        seen.forEach((value, i) => {
          if (i > 0) expect(value).toBeGreaterThanOrEqual(seen[i - 1]);
          if (sorted[i] === 0) expect(value + 0).toBe(0);
        });
      }),
    );
  });
});

describe("the inputs that are quantized", () => {
  test("are those of the two stacks, or those of every layer", () => {
    expect(activationSites(base)).toEqual([]);
    expect(activationSites(withActivations("stacks"))).toEqual([
      { stack: "bottom", layer: 0, cols: 4, scheme: "symmetric" },
      { stack: "top", layer: 0, cols: 6, scheme: "symmetric" },
    ]);
    expect(
      activationSites(withActivations("layers")).map(({ layer, scheme, stack }) => [stack, layer, scheme]),
    ).toEqual([
      ["bottom", 0, "symmetric"],
      ["bottom", 1, "asymmetric"],
      ["top", 0, "symmetric"],
      ["top", 1, "asymmetric"],
    ]);
  });
});
