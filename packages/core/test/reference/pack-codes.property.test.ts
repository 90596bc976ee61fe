import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BIT_WIDTHS, createKernels, reference, rowBytes } from "@dqrm/core";

const kernels = createKernels([reference]);

describe("packCodes", () => {
  it("puts the low bits of the first code lowest, and lets codes straddle bytes", () => {
    const pack = kernels.prepare("packCodes", { bits: 3, cols: 3 });
    const dst = new Uint8Array(2).fill(255);

    pack(Uint16Array.of(0b101, 0b011, 0b110), dst, 0, 1);

    // 0b101 | 0b011 << 3 | 0b110 << 6 = 0b1_1001_1101: nine bits
    expect([...dst]).toEqual([0b10011101, 0b1]);
  });

  it("stores a code of 16 bits low byte first", () => {
    const pack = kernels.prepare("packCodes", { bits: 16, cols: 1 });
    const dst = new Uint8Array(2);

    pack(Uint16Array.of(0x1234), dst, 0, 1);

    expect([...dst]).toEqual([0x34, 0x12]);
  });

  it("refuses a code that needs more bits", () => {
    const pack = kernels.prepare("packCodes", { bits: 3, cols: 2 });

    expect(() => pack(Uint16Array.of(0, 8), new Uint8Array(1), 0, 1)).toThrow(
      "packCodes: codes[1] is 8, expected less than 8",
    );
  });

  it.each(BIT_WIDTHS)("at %i bits: unpackCodes gives back every row, and no other row is touched", (bits) => {
    const codesOf = (cols: number): fc.Arbitrary<number[]> =>
      fc.array(fc.nat({ max: 2 ** bits - 1 }), { minLength: 3 * cols, maxLength: 3 * cols });
    const cases = fc.integer({ min: 1, max: 21 }).chain((cols) => fc.tuple(fc.constant(cols), codesOf(cols)));
    fc.assert(
      fc.property(cases, ([cols, values]) => {
        const stride = rowBytes({ bits, cols });
        const bytes = new Uint8Array(3 * stride).fill(0xa5);
        const codes = new Uint16Array(3 * cols).fill(7);

        kernels.prepare("packCodes", { bits, cols })(Uint16Array.from(values), bytes, 1, 2);
        kernels.prepare("unpackCodes", { bits, cols })(bytes, codes, 1, 2);

        expect([...codes.slice(cols, 2 * cols)]).toEqual(values.slice(cols, 2 * cols));
        expect([...codes.slice(0, cols), ...codes.slice(2 * cols)].every((code) => code === 7)).toBe(true);
        expect([...bytes.slice(0, stride), ...bytes.slice(2 * stride)].every((byte) => byte === 0xa5)).toBe(
          true,
        );
        expect(bytes[2 * stride - 1] >> (((cols * bits - 1) % 8) + 1)).toBe(0);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});
