import { describe, expect, it } from "vitest";
import { createKernels, deadZoneLevels, reference, SCHEMES, type BitWidth } from "@dqrm/core";
import golden from "../golden/dead-zone.json" with { type: "json" };

const kernels = createKernels([reference]);

const cases = golden.cases.map(({ bits, scheme, ...rest }) => {
  const known = SCHEMES.find((each) => each === scheme);
  if (known === undefined) throw new Error(`unknown scheme ${scheme}`);
  // The file holds 2 to 8.
  return { ...rest, bits: bits as BitWidth, scheme: known };
});

describe.each(cases)("$scheme of $bits bits from $threshold to $top", (drawn) => {
  const { bits, levels: expected, nearest, scheme, threshold, top, weights } = drawn;

  it("has the levels that another program finds, bit for bit", () => {
    const zero = 2 ** (bits - 1);
    const levels = new Float32Array(2 * zero);

    deadZoneLevels({ bits, scheme }, top, threshold, levels);

    const positive = [...levels.subarray(zero + 1)];
    const middle = positive.length >> 1;
    expect(bits <= 4 ? positive : [positive[0], positive[middle], positive[positive.length - 1]]).toEqual(
      expected,
    );
  });

  it("rounds to the levels that exact arithmetic says are nearest", () => {
    const format = { bits, cols: weights.length, scheme, granularity: { kind: "table" } } as const;
    const dst = new Float32Array(weights.length);

    kernels.prepare("fakeQuantizeRows", format)(
      Float32Array.from(weights),
      Float32Array.of(top),
      Float32Array.of(threshold),
      dst,
      0,
      1,
    );

    expect([...dst].map((level) => level + 0)).toEqual(nearest.map((level) => level + 0));
  });
});
