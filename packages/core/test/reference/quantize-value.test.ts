import { describe, expect, it } from "vitest";
import { codeRange, stochasticCode } from "../../src/reference/quantize-value.ts";

/** The largest number that uniformAt can give. */
const LARGEST_DRAW = 1 - 2 ** -53;

describe("stochasticCode", () => {
  it.each([1, 4, 8, 16] as const)("never leaves the %s bits, not even where x + u rounds up", (bits) => {
    const symmetric = codeRange({ bits, scheme: "symmetric" });
    const asymmetric = codeRange({ bits, scheme: "asymmetric" });

    // In double, 7 + (1 - 2^-53) is 8: the floor alone would be one code too many.
    expect(stochasticCode(symmetric.sign ? 1 : symmetric.high, LARGEST_DRAW, symmetric)).toBe(2 ** bits - 1);
    expect(stochasticCode(asymmetric.high, LARGEST_DRAW, asymmetric)).toBe(2 ** bits - 1);
    expect(stochasticCode(-1e30, 0, symmetric)).toBe(0);
    expect(stochasticCode(1e30, 0, symmetric)).toBe(2 ** bits - 1);
  });
});
