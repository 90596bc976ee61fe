import { describe, expect, it } from "vitest";
import { createKernels, deadZoneLevels, reference, symmetricScale, type BitWidth } from "@dqrm/core";

const kernels = createKernels([reference]);
const widths: readonly BitWidth[] = [2, 3, 4, 5, 6, 7, 8];
const schemes = ["dead-zone", "dead-zone-log"] as const;
const MAX_FLOAT = 3.4028234663852886e38;

function levelsOf(
  scheme: (typeof schemes)[number],
  bits: BitWidth,
  top: number,
  threshold: number,
): number[] {
  const levels = new Float32Array(2 ** bits);
  deadZoneLevels({ bits, scheme }, top, threshold, levels);
  return [...levels];
}

describe("the levels of a dead zone", () => {
  it.each(widths)("at %i bits with the threshold top/2n are the levels of the symmetric scheme", (bits) => {
    const n = 2 ** (bits - 1) - 1;
    // n and a power of two above it: every multiple is an f32.
    const top = n * 8;

    const levels = levelsOf("dead-zone", bits, top, 4);

    const scale = symmetricScale(top, bits);
    expect(levels.slice(1)).toEqual(Array.from({ length: 2 * n + 1 }, (_, code) => (code - n) * scale));
  });

  it("of a log format grow by half and more in every step of the range that training has", () => {
    const positive = levelsOf("dead-zone-log", 4, 14, 1).slice(9);

    // The bits of 1 and 14 are 3.75 octaves apart, levels at 1, 3, … 13 thirteenths of them; inside an octave by
    // straight lines: 2^(3.75/13) → 1 + 3.75/13, and so on.
    const octaves = [1, 3, 5, 7, 9, 11, 13].map((step) => (3.75 * step) / 13);
    const byHand = octaves.map((x) => 2 ** Math.floor(x) * (1 + x - Math.floor(x)));
    // One bit of the pattern is cut off: at most 2^-23 of the level.
    positive.forEach((level, k) => {
      expect(Math.abs(level - byHand[k])).toBeLessThanOrEqual(byHand[k] * 2 ** -23);
    });
    expect(positive[6]).toBe(14);
  });

  it.each(schemes)("%s: a threshold of zero leaves levels above zero", (scheme) => {
    const positive = levelsOf(scheme, 4, 1, 0).slice(9);

    expect(positive[0]).toBeGreaterThan(0);
    expect(positive[6]).toBe(1);
  });

  it.each(schemes)("%s: span the largest floats and the smallest without overflow", (scheme) => {
    expect(levelsOf(scheme, 8, MAX_FLOAT, 0)[255]).toBe(MAX_FLOAT);
    expect(levelsOf(scheme, 8, MAX_FLOAT, MAX_FLOAT).slice(129)).toEqual(Array(127).fill(MAX_FLOAT));
    expect(levelsOf(scheme, 2, 2 ** -149, 0)[3]).toBe(2 ** -149);
  });

  it.each([-1, Number.NaN, Infinity])("are NaN when the top or the threshold is %s", (wrong) => {
    expect(levelsOf("dead-zone", 2, wrong, 0.5)).toEqual(Array(4).fill(Number.NaN));
    expect(levelsOf("dead-zone-log", 2, 0.5, wrong)).toEqual(Array(4).fill(Number.NaN));
  });
});

describe("a row whose threshold is the largest float", () => {
  it("becomes zero, whatever its weights", () => {
    const format = { bits: 4, cols: 3, scheme: "dead-zone", granularity: { kind: "row" } } as const;
    const weights = Float32Array.of(0.5, -0.25, 0.1, 3, -1e30, 0.2);

    kernels.prepare("fakeQuantizeRows", format)(
      weights,
      Float32Array.of(0.5, 0.5),
      Float32Array.of(0.125, MAX_FLOAT),
      weights,
      0,
      2,
    );

    expect([...weights]).toEqual([0.5, weights[1], 0, 0, 0, 0]);
    expect(Math.abs(weights[1] + 0.25)).toBeLessThan(0.5 / 13);
  });
});
