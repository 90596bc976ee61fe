import { DqrmError, roundHalfEven } from "@dqrm/core";

/** Bounds the weights that a scale should cover; weights outside are clamped. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Proposes the range that the codes should cover, from the weights that share one scale.
 *
 * Called once for each scale, in order; `values` is a view that is only valid during the call.
 */
export type RangeEstimator = (values: Float32Array) => ValueRange;

/**
 * Finds the smallest and the largest value: nothing is clamped.
 *
 * @throws NON_FINITE when a value is NaN or infinite
 * @cost O(n)
 *
 * ```ts doctest
 * import { fullRange } from "@dqrm/quant";
 * fullRange(Float32Array.of(0.5, -2, 1)); // => { min: -2, max: 1 }
 * ```
 */
export const fullRange: RangeEstimator = (values) => {
  if (values.length === 0) return { min: 0, max: 0 };
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      throw new DqrmError("NON_FINITE", { what: "range of weights", position: i, actual: String(value) });
    }
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // Adding 0 turns a −0, which would surprise whoever compares ranges, into 0.
  return { min: min + 0, max: max + 0 };
};

/**
 * Finds the range that is symmetric around zero and holds every value.
 *
 * @throws NON_FINITE when a value is NaN or infinite
 *
 * ```ts doctest
 * import { absmaxRange } from "@dqrm/quant";
 * absmaxRange(Float32Array.of(0.5, -2, 1)); // => { min: -2, max: 2 }
 * ```
 */
export const absmaxRange: RangeEstimator = (values) => {
  const { min, max } = fullRange(values);
  const peak = Math.max(max, -min);
  return { min: peak === 0 ? 0 : -peak, max: peak };
};

/** Names the two percentiles, in percent of the values, that bound a range. */
export interface Percentiles {
  /** 0.1 leaves the smallest 0.1 % of the values below; 0 puts the lower bound at zero, for values after a ReLU. */
  readonly lower: number;
  /** 99.9 leaves the largest 0.1 % of the values above. */
  readonly upper: number;
}

/**
 * Creates an estimator that leaves outliers outside: its bounds are values of the data, not interpolated.
 *
 * @units max = the k-th smallest, k = round(n·upper/100); min = the k-th largest, k = round(n·(1 − lower/100)); k >= 1
 * @throws VALUE unless 0 <= lower < upper <= 100; the estimator throws NON_FINITE
 * @cost O(n log n) and a copy of the values for each scale
 * @source the authors' get_percentile_min_max (torch.kthvalue), which came from HAWQ
 *
 * ```ts doctest
 * import { percentileRange } from "@dqrm/quant";
 * const values = Float32Array.from({ length: 100 }, (_, i) => i);
 * percentileRange({ lower: 1, upper: 99 })(values); // => { min: 1, max: 98 }
 * ```
 */
export function percentileRange(percentiles: Percentiles): RangeEstimator {
  const { lower, upper } = percentiles;
  if (!(lower >= 0 && lower < upper && upper <= 100)) {
    throw new DqrmError("VALUE", {
      op: "percentileRange",
      what: "percentiles",
      expected: "0 <= lower < upper <= 100",
      actual: `lower ${lower}, upper ${upper}`,
    });
  }
  return function estimatePercentiles(values) {
    const count = values.length;
    if (count === 0) return { min: 0, max: 0 };
    fullRange(values);
    const sorted = values.slice().sort();
    const fromBelow = Math.max(1, roundHalfEven(count * upper * 0.01));
    const fromAbove = Math.max(1, roundHalfEven(count * (1 - lower * 0.01)));
    return { min: lower === 0 ? 0 : sorted[count - fromAbove], max: sorted[fromBelow - 1] };
  };
}
