import {
  allocateRows,
  DqrmError,
  type Kernels,
  type PackedRows,
  type RandomKey,
  type RowFormat,
  type Rounding,
} from "@dqrm/core";
import type { DeadZoneThreshold } from "./dead-zone-threshold.ts";
import { prepareScaleChooser } from "./range-scale.ts";
import type { RangeEstimator } from "./range.ts";
import { referenceKernels } from "./reference-kernels.ts";

/**
 * Fixes how a quantizer works; `range` absent means exact: nothing is clamped. A dead-zone format needs a threshold, no
 * other has one.
 */
export interface QuantizerOptions {
  readonly rounding: Rounding;
  readonly range?: RangeEstimator;
  readonly threshold?: DeadZoneThreshold;
  readonly kernels?: Kernels;
}

/** Fixes how a table is quantized; stochastic rounding needs a key, nearest rounding draws nothing. */
export type QuantizeTableOptions = Omit<QuantizerOptions, "rounding"> &
  ({ readonly rounding: "nearest" } | { readonly rounding: "stochastic"; readonly key: RandomKey });

/**
 * Turns rows of weights into packed codes and back, in three separate steps: choose scales, quantize, dequantize.
 *
 * @shape weights f32[>= packed.rows × cols]
 */
export interface Quantizer {
  readonly format: RowFormat;
  /** Writes the scales (and biases, or thresholds) that cover the weights. @throws NON_FINITE when a weight is NaN or infinite */
  choose(weights: Float32Array, packed: PackedRows): void;
  /** Writes the codes, with the scales that `packed` holds; `key` is read by stochastic rounding only. */
  quantize(weights: Float32Array, packed: PackedRows, key: RandomKey): void;
  /** Overwrites `weights` with the weights that the codes stand for. */
  dequantize(packed: PackedRows, weights: Float32Array): void;
}

const NO_KEY: RandomKey = { seed: 0, stream: 0 };

/**
 * Prepares a quantizer for one format; its steps allocate nothing when no range estimator is given.
 *
 * @throws UNSUPPORTED when no backend accepts the format; VALUE when a threshold is missing or too much
 *
 * ```ts doctest
 * import { allocateRows } from "@dqrm/core";
 * import { createQuantizer } from "@dqrm/quant";
 * const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const quantizer = createQuantizer(format, { rounding: "nearest" });
 * const packed = allocateRows(format, 1);
 * quantizer.choose(Float32Array.of(-3.5, 1.2), packed);
 * quantizer.quantize(Float32Array.of(-3.5, 1.2), packed, { seed: 0, stream: 0 });
 * const back = new Float32Array(2);
 * quantizer.dequantize(packed, back);
 * [...back]; // => [-3.5, 1]
 * ```
 */
export function createQuantizer(format: RowFormat, options: QuantizerOptions): Quantizer {
  const kernels = options.kernels ?? referenceKernels;
  const chooseScales = prepareScaleChooser(format, options.range, kernels, options.threshold);
  const quantizeRows = kernels.prepare("quantizeRows", { format, rounding: options.rounding });
  const dequantizeRows = kernels.prepare("dequantizeRows", format);
  return {
    format,
    choose(weights, packed) {
      checkWeights("choose", weights, packed.rows, format.cols);
      chooseScales(weights, packed.rows, packed.scale, packed.bias);
    },
    quantize(weights, packed, key) {
      checkWeights("quantize", weights, packed.rows, format.cols);
      quantizeRows(weights, packed, key, 0, packed.rows);
    },
    dequantize(packed, weights) {
      checkWeights("dequantize", weights, packed.rows, format.cols);
      dequantizeRows(packed, weights, 0, packed.rows);
    },
  };
}

/**
 * Quantizes a whole table: chooses its scales and packs its codes.
 *
 * @shape weights f32[rows × cols]
 * @throws SHAPE when weights has another length; NON_FINITE when a weight is NaN or infinite; VALUE or LIMIT for a wrong format
 * @cost O(rows × cols); allocates the packed rows
 *
 * ```ts doctest
 * import { quantizeTable } from "@dqrm/quant";
 * const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const packed = quantizeTable(Float32Array.of(3.5, -1.75, 0.5, 0), 2, format, { rounding: "nearest" });
 * packed.codes.length; // => 2
 * [...packed.codes].map((byte) => [byte & 15, byte >> 4]); // => [[15, 4], [9, 8]]
 * ```
 */
export function quantizeTable(
  weights: Float32Array,
  rows: number,
  format: RowFormat,
  options: QuantizeTableOptions,
): PackedRows {
  const packed = allocateRows(format, rows);
  if (weights.length !== rows * format.cols) {
    throw new DqrmError("SHAPE", {
      op: "quantizeTable",
      what: "weights",
      expected: rows * format.cols,
      actual: weights.length,
    });
  }
  const quantizer = createQuantizer(format, options);
  quantizer.choose(weights, packed);
  quantizer.quantize(weights, packed, options.rounding === "stochastic" ? options.key : NO_KEY);
  return packed;
}

/**
 * Gives the weights that packed rows stand for.
 *
 * @shape result f32[rows × cols]
 *
 * ```ts doctest
 * import { dequantizeTable, quantizeTable } from "@dqrm/quant";
 * const format = { bits: 2, cols: 2, scheme: "symmetric", granularity: { kind: "row" } } as const;
 * const packed = quantizeTable(Float32Array.of(2, -1.2, 0.5, 0.1), 2, format, { rounding: "nearest" });
 * [...dequantizeTable(packed)]; // => [2, -2, 0.5, 0]
 * ```
 */
export function dequantizeTable(packed: PackedRows, kernels: Kernels = referenceKernels): Float32Array {
  const weights = new Float32Array(packed.rows * packed.format.cols);
  kernels.prepare("dequantizeRows", packed.format)(packed, weights, 0, packed.rows);
  return weights;
}

function checkWeights(op: string, weights: Float32Array, rows: number, cols: number): void {
  if (weights.length < rows * cols) {
    throw new DqrmError("SHAPE", { op, what: "weights", expected: rows * cols, actual: weights.length });
  }
}
