import type { RowFormat } from "@dqrm/core";
import { createQuantizer, quantizeTable, scaleOfRange, zeroPoint, fullRange } from "@dqrm/quant";
import { allocateRows } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { signedCodes } from "./codes.ts";
import { golden } from "./golden-modules.ts";

const { x } = golden.quantizer;
const weights = Float32Array.from(x.flat());
const rows = x.length;
const cols = x[0].length;
const nearest = { rounding: "nearest" } as const;

/** PyTorch writes −0 where a small negative weight becomes code 0. */
function withoutNegativeZero(codes: readonly (readonly number[])[]): number[] {
  return codes.flat().map((code) => code + 0);
}

describe.each([2, 3, 4, 8, 16] as const)("the authors' quantizer at %d bits", (bits) => {
  const vectors = golden.quantizer.bits[bits];
  const format = (kind: "row" | "table"): RowFormat => ({
    bits,
    cols,
    scheme: "symmetric",
    granularity: { kind },
  });

  test("gives the same scale for each row, and the same codes, bit for bit", () => {
    const packed = quantizeTable(weights, rows, format("row"), nearest);

    expect([...packed.scale]).toEqual(vectors.scale_row);
    expect(signedCodes(packed)).toEqual(withoutNegativeZero(vectors.q_row));
  });

  test("gives the same scale for the tensor, and the same codes, bit for bit", () => {
    const packed = quantizeTable(weights, rows, format("table"), nearest);

    expect([...packed.scale]).toEqual(vectors.scale_tensor);
    expect(signedCodes(packed)).toEqual(withoutNegativeZero(vectors.q_tensor));
  });

  test("clips to the same codes when the scale is too small, bit for bit", () => {
    const quantizer = createQuantizer(format("table"), nearest);
    const packed = allocateRows(format("table"), rows);
    packed.scale[0] = Math.fround(vectors.scale_tensor[0] * 0.25);

    quantizer.quantize(weights, packed, { seed: 0, stream: 0 });

    expect(signedCodes(packed)).toEqual(withoutNegativeZero(vectors.q_clip));
  });

  test("gives the same asymmetric scale and zero point, bit for bit", () => {
    const { bias, scale } = scaleOfRange({ bits, scheme: "asymmetric" }, fullRange(weights));

    expect(scale).toBe(vectors.asym_scale);
    expect(zeroPoint(scale, bias)).toBe(vectors.asym_zp);
  });
});
