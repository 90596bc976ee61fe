import { MIN_PEAK, roundHalfEven, symmetricScale, type RowFormat } from "@dqrm/core";
import { halfScaleOfBounds } from "./half.ts";
import type { ScaleAndBias } from "./range-scale.ts";
import type { ValueRange } from "./range.ts";
import { levelRange } from "./scheme.ts";
import type { ValuePoints } from "./value-points.ts";

/** Says what codes a searched range is for; scales "half" are those of {@link quantizeFbgemmTable}, asymmetric only. */
export type SearchedFormat = Pick<RowFormat, "bits" | "scheme"> & { readonly scales?: "half" };

/** Poses the choice of a range over given values. */
export interface RangeProblem {
  /** The range of all values: nothing is clamped. */
  readonly full: ValueRange;
  /** Sums the squared errors of the values when their codes cover [min, max]. */
  error(min: number, max: number): number;
  /** Gives the range that fits the codes of [min, max] best, by least squares: the codes stay, the levels move. */
  refit(min: number, max: number): ValueRange;
}

/** Sums over the codes that a range gives: what a line through (level, value) is fitted from. */
interface CodeSums {
  count: number;
  level: number;
  value: number;
  levelLevel: number;
  levelValue: number;
}

/** Poses the choice of a range for a format. */
export function rangeProblem(format: SearchedFormat, full: ValueRange, points: ValuePoints): RangeProblem {
  return {
    full,
    error: (min, max) => squaredError(format, points, scaleOfBounds(format, min, max)),
    refit: (min, max) => refitted(format, { min, max }, points),
  };
}

/** Gives the scale and bias of bounds as the kernel `chooseScale` does, bit for bit, or as halves. */
export function scaleOfBounds(
  { bits, scales, scheme }: SearchedFormat,
  min: number,
  max: number,
): ScaleAndBias {
  const low = Math.fround(min);
  const high = Math.fround(max);
  if (scheme === "symmetric") {
    return { scale: symmetricScale(Math.max(Math.abs(low), Math.abs(high)), bits), bias: 0 };
  }
  if (scales === "half") return halfScaleOfBounds(bits, low, high);
  const width = Math.fround(high - low);
  return { scale: Math.fround(Math.max(width, MIN_PEAK) / (2 ** bits - 1)), bias: low };
}

/**
 * Sums the squared errors that codes of a scale make, each rounded to nearest as the kernels do.
 *
 * @cost O(points): a search calls it tens of times for each row, so that its loop looks at nothing but numbers
 */
export function squaredError(
  format: SearchedFormat,
  { counts, length, values }: ValuePoints,
  { bias, scale }: ScaleAndBias,
): number {
  const { highest, lowest, step } = levelRange(format);
  const inverse = Math.fround(1 / scale);
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i];
    const ratio = Math.fround(Math.fround(value - bias) * inverse);
    let level = ratio <= lowest ? lowest : ratio >= highest ? highest : roundHalfEven(ratio);
    // Levels two steps apart are the signs of the one symmetric bit, which does not look at the scale.
    if (step === 2) level = value >= 0 ? highest : lowest;
    const error = Math.fround(Math.fround(level * scale) + bias) - value;
    sum += counts[i] * error * error;
  }
  return sum;
}

function refitted(format: SearchedFormat, range: ValueRange, points: ValuePoints): ValueRange {
  const sums = sumCodes(format, range, points);
  const { highest } = levelRange(format);
  if (format.scheme === "symmetric") {
    const peak = (highest * sums.levelValue) / sums.levelLevel;
    return sums.levelLevel > 0 && peak > 0 ? { min: -peak, max: peak } : range;
  }
  const { count, level, levelLevel, levelValue, value } = sums;
  const spread = count * levelLevel - level * level;
  const scale = (count * levelValue - level * value) / spread;
  if (!(spread > 0 && scale > 0)) return range;
  const min = (value - scale * level) / count;
  return { min, max: min + scale * highest };
}

function sumCodes(
  format: SearchedFormat,
  { max, min }: ValueRange,
  { counts, length, values }: ValuePoints,
): CodeSums {
  const { bias, scale } = scaleOfBounds(format, min, max);
  const { highest, lowest, step } = levelRange(format);
  const inverse = Math.fround(1 / scale);
  const sums: CodeSums = { count: 0, level: 0, value: 0, levelLevel: 0, levelValue: 0 };
  for (let i = 0; i < length; i++) {
    const ratio = Math.fround(Math.fround(values[i] - bias) * inverse);
    let level = roundHalfEven(Math.min(highest, Math.max(lowest, ratio)));
    if (step === 2) level = values[i] >= 0 ? highest : lowest;
    const weighted = counts[i] * level;
    sums.count += counts[i];
    sums.level += weighted;
    sums.value += counts[i] * values[i];
    sums.levelLevel += weighted * level;
    sums.levelValue += weighted * values[i];
  }
  return sums;
}
