import { allocateRows, DqrmError, roundHalfEven, type PackedRows } from "@dqrm/core";
import { fbgemmFormat, fbgemmRowBytes, fusedFbgemmRows, type FbgemmLayout } from "./fbgemm-layout.ts";
import { halfScaleOfBounds } from "./half.ts";
import { fullRange, type RangeEstimator, type ValueRange } from "./range.ts";

/** Holds what turns the weights of a row into codes; `inverse` is what FBGEMM multiplies with, not always 1/scale. */
interface RowScale {
  readonly scale: number;
  readonly bias: number;
  readonly inverse: number;
}

/** Keeps FBGEMM's 8-bit rows of equal weights from dividing by zero. */
const FBGEMM_EPSILON = Math.fround(1e-8);

/**
 * Quantizes a table as FBGEMM and PyTorch do, code for code: row-wise asymmetric, at 2 and 4 bits with scale and bias
 * rounded to half precision before the codes are computed, at 8 bits with floats.
 *
 * The codes therefore fit the scale and bias that are stored. `range` narrows the range of each row, as PyTorch's
 * optimized_qparams does; absent means the row's own smallest and largest weight.
 *
 * @shape weights f32[rows × cols]
 * @units 2, 4 bits: bias = half(min), scale = half((max − bias)/(2^bits − 1)), code = clamp(round((w − bias)·f32(1/scale)));
 *        8 bits: bias = min, scale = (max − min)/255, code = round((w − min)·f32(255/(max − min + 1e-8)))
 * @throws SHAPE when weights has another length; NON_FINITE; VALUE when bits or cols are not FBGEMM's, or a row is beyond
 *         what halves can hold
 * @source FBGEMM FloatOrHalfToFusedNBitRowwiseQuantizedSBHalfRef and FloatOrHalfToFused8BitRowwiseQuantizedSBFloatRef;
 *         PyTorch qembeddingbag_prepack.cpp
 *
 * ```ts doctest
 * import { dequantizeTable, quantizeFbgemmTable } from "@dqrm/quant";
 * const packed = quantizeFbgemmTable(Float32Array.of(0, 0.5, 1, 3), 1, { bits: 2, cols: 4 });
 * [packed.scale[0], packed.bias[0]]; // => [1, 0]
 * [...dequantizeTable(packed)]; // => [0, 0, 1, 3]
 * ```
 */
export function quantizeFbgemmTable(
  weights: Float32Array,
  rows: number,
  { bits, cols }: Pick<FbgemmLayout, "bits" | "cols">,
  { range = fullRange }: { readonly range?: RangeEstimator } = {},
): PackedRows {
  fbgemmRowBytes(fusedFbgemmRows(bits, cols));
  const packed = allocateRows(fbgemmFormat({ bits, cols }), rows);
  if (weights.length !== rows * cols) {
    const [expected, actual] = [rows * cols, weights.length];
    throw new DqrmError("SHAPE", { op: "quantizeFbgemmTable", what: "weights", expected, actual });
  }
  const scaleOf = bits === 8 ? floatScale : halfScale;
  for (let row = 0; row < rows; row++) {
    const values = weights.subarray(row * cols, (row + 1) * cols);
    const chosen = scaleOf(range(values), bits, row);
    packed.scale[row] = chosen.scale;
    packed.bias[row] = chosen.bias;
    packCodes(values, chosen, bits, packed.codes.subarray((row * cols * bits) / 8));
  }
  return packed;
}

function halfScale(range: ValueRange, bits: number, row: number): RowScale {
  const { bias, scale } = halfScaleOfBounds(bits, range.min, range.max);
  if (Number.isFinite(bias) && Number.isFinite(scale)) {
    return { scale, bias, inverse: Math.fround(1 / scale) };
  }
  throw new DqrmError("VALUE", {
    op: "quantizeFbgemmTable",
    what: `range of row ${row}`,
    expected: "scale and bias that a half-precision float can hold",
    actual: `[${range.min}, ${range.max}]`,
  });
}

function floatScale({ max, min }: ValueRange, bits: number, row: number): RowScale {
  const bias = Math.fround(min);
  const width = Math.fround(Math.fround(max) - bias);
  if (!Number.isFinite(width)) {
    const what = "quantizeFbgemmTable width of a row";
    throw new DqrmError("NON_FINITE", { what, position: row, actual: String(width) });
  }
  const levels = 2 ** bits - 1;
  const inverse = Math.fround(levels / Math.fround(width + FBGEMM_EPSILON));
  return { scale: Math.fround(width / levels), bias, inverse };
}

function packCodes(values: Float32Array, { bias, inverse }: RowScale, bits: number, codes: Uint8Array): void {
  const perByte = 8 / bits;
  const highest = 2 ** bits - 1;
  for (let col = 0; col < values.length; col++) {
    const level = roundHalfEven(Math.fround(Math.fround(values[col] - bias) * inverse));
    const code = Math.min(highest, Math.max(0, level));
    codes[Math.floor(col / perByte)] |= code << ((col % perByte) * bits);
  }
}
