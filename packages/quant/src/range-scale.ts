import { scaleCount, spanLayout, type Kernels, type RowFormat } from "@dqrm/core";
import { prepareThresholds, type DeadZoneThreshold } from "./dead-zone-threshold.ts";
import { referenceKernels } from "./reference-kernels.ts";
import type { RangeEstimator, ValueRange } from "./range.ts";

/** Holds the two numbers that turn codes into weights. */
export interface ScaleAndBias {
  readonly scale: number;
  /** 0 for a symmetric format, and for a dead zone, whose threshold no range decides. */
  readonly bias: number;
}

/** Writes the scales (and biases) of `rows` rows of weights. */
export type ScaleChooser = (
  weights: Float32Array,
  rows: number,
  scale: Float32Array,
  bias: Float32Array,
) => void;

/**
 * Gives the scale with which the codes of a format cover a range.
 *
 * @units symmetric: scale = max(|min|, |max|, 1e-8)/(2^(bits−1) − 1); asymmetric: scale = max(max − min, 1e-8)/(2^bits − 1),
 *        bias = min; dead zones: scale = max(|min|, |max|, 1e-8); rounded to f32
 * @throws NON_FINITE when a bound is NaN or infinite
 *
 * ```ts doctest
 * import { scaleOfRange } from "@dqrm/quant";
 * scaleOfRange({ bits: 4, scheme: "symmetric" }, { min: -3.5, max: 2 }); // => { scale: 0.5, bias: 0 }
 * scaleOfRange({ bits: 2, scheme: "asymmetric" }, { min: -1, max: 2 }); // => { scale: 1, bias: -1 }
 * ```
 */
export function scaleOfRange(
  format: Pick<RowFormat, "bits" | "scheme">,
  range: ValueRange,
  kernels: Kernels = referenceKernels,
): ScaleAndBias {
  const scale = new Float32Array(1);
  const bias = new Float32Array(1);
  prepareBounds(format, kernels)(Float32Array.of(range.min, range.max), scale, bias, 0, 1);
  return { scale: scale[0], bias: bias[0] };
}

/**
 * Prepares the choice of all scales of a format: exact (the kernel `chooseScale`), or from an estimator of ranges. The
 * threshold of a dead zone is written with them.
 *
 * @throws VALUE when a dead-zone format has no threshold, or another format has one
 * @cost exact: allocates nothing per call; with an estimator: a pair of bounds for each scale, and what it allocates
 *
 * ```ts doctest
 * import { percentileRange, prepareScaleChooser } from "@dqrm/quant";
 * const format = { bits: 8, cols: 100, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const choose = prepareScaleChooser(format, percentileRange({ lower: 1, upper: 99 }));
 * const scale = new Float32Array(1);
 * const weights = Float32Array.from({ length: 100 }, (_, i) => (i === 99 ? 1e6 : 127));
 * choose(weights, 1, scale, new Float32Array(0));
 * scale[0]; // => 1
 * ```
 */
export function prepareScaleChooser(
  format: RowFormat,
  estimate: RangeEstimator | undefined,
  kernels: Kernels = referenceKernels,
  threshold?: DeadZoneThreshold,
): ScaleChooser {
  const writeThresholds = prepareThresholds(format, threshold);
  if (estimate === undefined) {
    const choose = kernels.prepare("chooseScale", format);
    return function chooseExact(weights, rows, scale, bias) {
      choose(weights, scale, bias, 0, rows);
      writeThresholds(scale, bias);
    };
  }
  const choose = prepareBounds(format, kernels);
  return function chooseEstimated(weights, rows, scale, bias) {
    const bounds = new Float32Array(2 * scaleCount(format, rows));
    let written = 0;
    forEachScale(format, rows, (begin, end) => {
      const { min, max } = estimate(weights.subarray(begin, end));
      bounds[written++] = min;
      bounds[written++] = max;
    });
    choose(bounds, scale, bias, 0, written / 2);
    writeThresholds(scale, bias);
  };
}

/** The scale that covers two bounds is the scale of a row that holds just them: the kernel's formula serves for both. */
function prepareBounds(
  { bits, scheme }: Pick<RowFormat, "bits" | "scheme">,
  kernels: Kernels,
): (bounds: Float32Array, scale: Float32Array, bias: Float32Array, begin: number, end: number) => void {
  return kernels.prepare("chooseScale", { bits, scheme, cols: 2, granularity: { kind: "row" } });
}

function forEachScale(format: RowFormat, rows: number, visit: (begin: number, end: number) => void): void {
  const { cols } = format;
  const { scaleStep, spanCols } = spanLayout(format);
  if (scaleStep === 0) {
    visit(0, rows * cols);
    return;
  }
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col += spanCols) {
      visit(row * cols + col, row * cols + Math.min(cols, col + spanCols));
    }
  }
}
