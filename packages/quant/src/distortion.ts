import { DqrmError, type Kernels, type PackedRows, type RowFormat } from "@dqrm/core";
import { referenceKernels } from "./reference-kernels.ts";
import { viewRows } from "./rows-view.ts";
import { prepareScaleIndex } from "./scale-index.ts";
import { prepareClampTest } from "./scheme.ts";

/** Says what quantization did to a table. */
export interface Distortion {
  /** Weights compared. */
  readonly count: number;
  /** Largest |ŵ − w|. */
  readonly maxError: number;
  readonly meanSquaredError: number;
  /**
   * Signal to quantization noise, in decibels; Infinity when nothing was lost, −Infinity when weights that are all zero
   * were not kept, as 1 symmetric bit cannot.
   *
   * @units 10·log10(Σw² / Σ(ŵ − w)²)
   */
  readonly signalToNoiseDb: number;
  /** Share of the weights that became exactly zero: the dead zone, which is what keeps rare rows from being memorized. */
  readonly zeroShare: number;
  /** Weights that lay more than half a step outside the levels; of a dead zone, above the top level. */
  readonly clampedCount: number;
  /** How often each stored code occurs. @shape f64[2^bits] */
  readonly histogram: Float64Array;
}

/** Rows looked at together: bounds the scratch memory, whatever the table. */
const CHUNK_ROWS = 4096;

interface Sums {
  squaredSignal: number;
  squaredError: number;
  maxError: number;
  zeros: number;
  clamped: number;
}

/**
 * Measures what was lost between weights and their packed rows.
 *
 * @shape weights f32[rows × cols]
 * @throws SHAPE when weights has another length
 * @cost O(rows × cols), scratch for a few thousand rows
 *
 * ```ts doctest
 * import { measureDistortion, quantizeTable } from "@dqrm/quant";
 * const format = { bits: 2, cols: 4, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const weights = Float32Array.of(1, 0.25, -0.25, -1);
 * const report = measureDistortion(weights, quantizeTable(weights, 1, format, { rounding: "nearest" }));
 * report.maxError; // => 0.25
 * report.zeroShare; // => 0.5
 * [...report.histogram]; // => [0, 1, 2, 1]
 * ```
 */
export function measureDistortion(
  weights: Float32Array,
  packed: PackedRows,
  kernels: Kernels = referenceKernels,
): Distortion {
  const { format, rows } = packed;
  const { bits, cols } = format;
  const count = rows * cols;
  if (weights.length !== count) {
    throw new DqrmError("SHAPE", {
      op: "measureDistortion",
      what: "weights",
      expected: count,
      actual: weights.length,
    });
  }
  const unpack = kernels.prepare("unpackCodes", { bits, cols });
  const dequantize = kernels.prepare("dequantizeRows", format);
  const accumulate = prepareAccumulate(format);
  const codes = new Uint16Array(Math.min(rows, CHUNK_ROWS) * cols);
  const back = new Float32Array(codes.length);
  const histogram = new Float64Array(2 ** bits);
  const sums: Sums = { squaredSignal: 0, squaredError: 0, maxError: 0, zeros: 0, clamped: 0 };
  for (let begin = 0; begin < rows; begin += CHUNK_ROWS) {
    const chunk = viewRows(packed, begin, Math.min(rows, begin + CHUNK_ROWS));
    unpack(chunk.codes, codes, 0, chunk.rows);
    dequantize(chunk, back, 0, chunk.rows);
    for (let i = 0; i < chunk.rows * cols; i++) histogram[codes[i]]++;
    accumulate(weights.subarray(begin * cols, (begin + chunk.rows) * cols), back, chunk, sums);
  }
  return {
    count,
    maxError: sums.maxError,
    meanSquaredError: count === 0 ? 0 : sums.squaredError / count,
    signalToNoiseDb:
      sums.squaredError === 0 ? Infinity : 10 * Math.log10(sums.squaredSignal / sums.squaredError),
    zeroShare: count === 0 ? 0 : sums.zeros / count,
    clampedCount: sums.clamped,
    histogram,
  };
}

function prepareAccumulate(
  format: RowFormat,
): (weights: Float32Array, back: Float32Array, chunk: PackedRows, sums: Sums) => void {
  const { cols } = format;
  const isClamped = prepareClampTest(format);
  const scaleIndex = prepareScaleIndex(format);
  return function accumulate(weights, back, { bias, scale }, sums) {
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i];
      const error = Math.abs(back[i] - weight);
      const col = i % cols;
      const which = scaleIndex((i - col) / cols, col);
      sums.squaredSignal += weight * weight;
      sums.squaredError += error * error;
      if (error > sums.maxError) sums.maxError = error;
      if (back[i] === 0) sums.zeros++;
      if (isClamped(weight, scale[which], bias.length === 0 ? 0 : bias[which])) sums.clamped++;
    }
  };
}
