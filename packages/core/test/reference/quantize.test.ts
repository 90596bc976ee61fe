import { describe, expect, it } from "vitest";
import {
  allocateRows,
  createKernels,
  reference,
  type BitWidth,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";
import golden from "../golden/quantizer.json" with { type: "json" };

const kernels = createKernels([reference]);
const key = { seed: 0, stream: 0 };
const rows = golden.x.length;
const cols = golden.x[0].length;
const x = Float32Array.from(golden.x.flat());
const cases = [
  { bits: 2, expected: golden.bits[2] },
  { bits: 3, expected: golden.bits[3] },
  { bits: 4, expected: golden.bits[4] },
  { bits: 8, expected: golden.bits[8] },
  { bits: 16, expected: golden.bits[16] },
] as const;

const formatOf = (bits: BitWidth, kind: "table" | "row"): RowFormat => ({
  bits,
  cols,
  scheme: "symmetric",
  granularity: { kind },
});

function quantize(packed: PackedRows): number[][] {
  const { format } = packed;
  kernels.prepare("quantizeRows", { format, rounding: "nearest" })(x, packed, key, 0, rows);
  const codes = new Uint16Array(rows * cols);
  kernels.prepare("unpackCodes", format)(packed.codes, codes, 0, rows);
  return golden.x.map((_, r) =>
    Array.from({ length: cols }, (_unused, c) => codes[r * cols + c] - 2 ** (format.bits - 1)),
  );
}

/** The golden file writes −0 where its program rounded up to zero: codes have one zero. */
const positive = (codes: number[][]): number[][] => codes.map((row) => row.map((code) => code + 0));

describe.each(cases)("the authors' quantizer at $bits bits", ({ bits, expected }) => {
  it("gives their scales and codes by row, bit for bit", () => {
    const packed = allocateRows(formatOf(bits, "row"), rows);
    kernels.prepare("chooseScale", packed.format)(x, packed.scale, packed.bias, 0, rows);

    const codes = quantize(packed);

    expect([...packed.scale]).toEqual(expected.scaleRow);
    expect(codes).toEqual(positive(expected.codeRow));
  });

  it("gives their scale and codes by tensor, bit for bit", () => {
    const packed = allocateRows(formatOf(bits, "table"), rows);
    kernels.prepare("chooseScale", packed.format)(x, packed.scale, packed.bias, 0, rows);

    const codes = quantize(packed);

    expect(packed.scale[0]).toBe(expected.scaleTensor);
    expect(codes).toEqual(positive(expected.codeTensor));
  });

  it("clips like theirs when the scale is a quarter of what the tensor needs", () => {
    const packed = allocateRows(formatOf(bits, "table"), rows);
    packed.scale[0] = Math.fround(expected.scaleTensor * 0.25);

    const codes = quantize(packed);

    expect(codes).toEqual(positive(expected.codeClipped));
  });

  it("gives their asymmetric scale, and the least weight as bias", () => {
    const packed = allocateRows({ ...formatOf(bits, "table"), scheme: "asymmetric" }, rows);

    kernels.prepare("chooseScale", packed.format)(x, packed.scale, packed.bias, 0, rows);

    expect(packed.scale[0]).toBe(expected.asymmetricScale);
    expect(packed.bias[0]).toBe(Math.min(...golden.x.flat()));
  });
});

describe("quantizeRows", () => {
  const table: RowFormat = { bits: 4, cols: 6, scheme: "symmetric", granularity: { kind: "table" } };

  it("rounds halves to the even code", () => {
    const packed = allocateRows(table, 1);
    packed.scale[0] = 1;
    const halves = Float32Array.of(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5);

    kernels.prepare("quantizeRows", { format: table, rounding: "nearest" })(halves, packed, key, 0, 1);
    const weights = new Float32Array(6);
    kernels.prepare("dequantizeRows", table)(packed, weights, 0, 1);

    expect([...weights]).toEqual([-2, -2, 0, 0, 2, 2]);
  });

  it("keeps one bit as the sign, zero counting as positive", () => {
    const format: RowFormat = { ...table, bits: 1, cols: 4 };
    const packed = allocateRows(format, 1);
    packed.scale[0] = 0.5;

    kernels.prepare("quantizeRows", { format, rounding: "nearest" })(
      Float32Array.of(-3, -0, 0, 0.1),
      packed,
      key,
      0,
      1,
    );
    const weights = new Float32Array(4);
    kernels.prepare("dequantizeRows", format)(packed, weights, 0, 1);

    expect([...packed.codes]).toEqual([0b1110]);
    expect([...weights]).toEqual([-0.5, 0.5, 0.5, 0.5]);
  });

  it("clamps infinite weights and refuses NaN with its position", () => {
    const packed = allocateRows({ ...table, cols: 2 }, 1);
    packed.scale[0] = 1;
    const quantizeRows = kernels.prepare("quantizeRows", { format: packed.format, rounding: "nearest" });

    quantizeRows(Float32Array.of(Infinity, -Infinity), packed, key, 0, 1);

    expect([...packed.codes]).toEqual([0x0f]);
    expect(() => quantizeRows(Float32Array.of(0, Number.NaN), packed, key, 0, 1)).toThrow(
      "weight to quantize: value NaN at position 1, expected a finite number",
    );
  });

  it("refuses rows of another format", () => {
    const quantizeRows = kernels.prepare("quantizeRows", { format: table, rounding: "nearest" });
    const packed = allocateRows({ ...table, bits: 8 }, 1);

    expect(() => quantizeRows(new Float32Array(6), packed, key, 0, 1)).toThrow("quantizeRows: format is");
  });

  it("leaves rows outside its part alone", () => {
    const packed = allocateRows(table, 3);
    packed.scale[0] = 1;
    packed.codes.fill(0xaa);
    const quantizeRows = kernels.prepare("quantizeRows", { format: table, rounding: "nearest" });

    quantizeRows(new Float32Array(18).fill(7), packed, key, 1, 2);

    expect([...packed.codes]).toEqual([0xaa, 0xaa, 0xaa, 255, 255, 255, 0xaa, 0xaa, 0xaa]);
  });
});

describe("chooseScale", () => {
  it("gives the last partial group its own scale", () => {
    const format: RowFormat = {
      bits: 2,
      cols: 5,
      scheme: "asymmetric",
      granularity: { kind: "group", groupCols: 2 },
    };
    const scale = new Float32Array(3);
    const bias = new Float32Array(3);

    kernels.prepare("chooseScale", format)(Float32Array.of(1, 4, -3, 3, 9), scale, bias, 0, 1);

    // (4 − 1)/3, (3 + 3)/3, and max(0, 1e-8)/3
    expect([...scale]).toEqual([1, 2, Math.fround(Math.fround(1e-8) / 3)]);
    expect([...bias]).toEqual([1, -3, 9]);
  });

  it.each([Number.NaN, Infinity])("refuses a weight of %s with its position", (weight) => {
    const choose = kernels.prepare("chooseScale", formatOf(4, "row"));
    const src = new Float32Array(2 * cols);
    src[7] = weight;

    expect(() => choose(src, new Float32Array(2), new Float32Array(0), 0, 2)).toThrow(
      `weight: value ${weight} at position 7, expected a finite number`,
    );
  });

  it("refuses weights so far apart that their width overflows", () => {
    const format: RowFormat = { ...formatOf(4, "row"), cols: 2, scheme: "asymmetric" };
    const choose = kernels.prepare("chooseScale", format);

    expect(() =>
      choose(Float32Array.of(-3e38, 3e38), new Float32Array(1), new Float32Array(1), 0, 1),
    ).toThrow("width of the weights");
  });

  it("lets the rows of its part alone decide the scale of a table", () => {
    const scale = new Float32Array(1);

    kernels.prepare("chooseScale", { ...formatOf(4, "table"), cols: 1 })(
      Float32Array.of(100, 7, 100),
      scale,
      new Float32Array(0),
      1,
      2,
    );

    expect(scale[0]).toBe(1);
  });
});
