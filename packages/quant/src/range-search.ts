import { DqrmError } from "@dqrm/core";
import {
  rangeProblem,
  scaleOfBounds,
  squaredError,
  type RangeProblem,
  type SearchedFormat,
} from "./range-problem.ts";
import { fullRange, type RangeEstimator, type ValueRange } from "./range.ts";
import { prepareValuePoints, type ValuePoints } from "./value-points.ts";

/** Bounds a greedy search: how finely the range shrinks, and by how much at most. */
export interface GreedySearch {
  /** The full range is divided into this many steps. */
  readonly bins: number;
  /** The largest share of the full range that is cut off. */
  readonly ratio: number;
}

/**
 * Bounds the greedy search as its authors and PyTorch do: steps of 0.5 % of the range, 16 % at most.
 *
 * @source Guan et al. 2019; PyTorch embedding_bag_4bit_prepack, nbins and ratio
 *
 * ```ts doctest
 * import { GUAN_GREEDY } from "@dqrm/quant";
 * GUAN_GREEDY; // => { bins: 200, ratio: 0.16 }
 * ```
 */
export const GUAN_GREEDY: GreedySearch = { bins: 200, ratio: 0.16 };

/** More steps than this would not end in a life. */
const MAX_STEPS = 1 << 16;

/**
 * Creates an estimator that nibbles at both ends of the range, always at the end where it costs less, and keeps the
 * range of the least squared error on the way; the error is never larger than that of the full range.
 *
 * PyTorch's optimized_qparams takes the same way but keeps local minima only; its error is the same or larger.
 * A symmetric range has one end to nibble at, its peak. The format has to be that of the codes that follow.
 *
 * @throws VALUE when bins is no integer in [1, 65536], ratio is outside (0, 1] or the scheme has a dead zone; the estimator
 *         throws NON_FINITE
 * @cost O(bins · ratio · n) for each scale; more than 65,536 values under one scale are summarized once
 * @source Guan et al., Post-Training 4-bit Quantization on Embedding Tables, 2019, algorithm 1
 *
 * ```ts doctest
 * import { greedyRange, GUAN_GREEDY } from "@dqrm/quant";
 * // One bit knows both ends of a range: better to give up 0 than to send three weights from 2 to 0.
 * const estimate = greedyRange({ bits: 1, scheme: "asymmetric" }, { bins: 4, ratio: 1 });
 * estimate(Float32Array.of(0, 2, 2, 2, 8)); // => { min: 2, max: 8 }
 * ```
 */
export function greedyRange(format: SearchedFormat, { bins, ratio }: GreedySearch): RangeEstimator {
  checkSteps("greedyRange", "bins", bins);
  if (!(ratio > 0 && ratio <= 1)) {
    const [expected, actual] = ["a number in (0, 1]", String(ratio)];
    throw new DqrmError("VALUE", { op: "greedyRange", what: "ratio", expected, actual });
  }
  const steps = Math.ceil(bins * ratio);
  return searchRange(format, (problem) => {
    return format.scheme === "symmetric"
      ? bestPeak(problem, bins, bins - steps)
      : nibble(problem, bins, steps);
  });
}

/**
 * Creates an estimator that looks for the least squared error along a line of ranges, then moves scale and bias to the
 * least squares of the codes until nothing falls any more; the error is never larger than that of the full range.
 *
 * A symmetric range tries `steps` peaks; an asymmetric one `steps` lower and `steps` upper bounds in turn. The format has
 * to be that of the codes that follow.
 *
 * @throws VALUE when steps is no integer in [1, 65536] or the scheme has a dead zone; the estimator throws NON_FINITE
 * @cost O(steps · n) for each scale; more than 65,536 values under one scale are summarized once
 * @source the two steps in turn are Lloyd's, 1982, for levels at equal distances
 *
 * ```ts doctest
 * import { meanSquaredErrorRange } from "@dqrm/quant";
 * const estimate = meanSquaredErrorRange({ bits: 1, scheme: "symmetric" }, { steps: 64 });
 * // One bit knows the sign only: the mean magnitude is best.
 * estimate(Float32Array.of(1, -2, 3)); // => { min: -2, max: 2 }
 * ```
 */
export function meanSquaredErrorRange(
  format: SearchedFormat,
  { steps }: { readonly steps: number },
): RangeEstimator {
  checkSteps("meanSquaredErrorRange", "steps", steps);
  return searchRange(format, (problem) => {
    const start = format.scheme === "symmetric" ? bestPeak(problem, steps, 0) : bestBounds(problem, steps);
    return refitWhileItHelps(problem, start);
  });
}

/** Runs a search on each span of values and falls back to the full range where nothing was gained. */
function searchRange(format: SearchedFormat, search: (problem: RangeProblem) => ValueRange): RangeEstimator {
  const { scheme } = format;
  if (scheme !== "symmetric" && scheme !== "asymmetric") {
    const expected = "symmetric or asymmetric: the levels of a dead zone depend on its threshold too";
    throw new DqrmError("VALUE", { op: "range search", what: "scheme", expected, actual: scheme });
  }
  const pointsOf = prepareValuePoints();
  return function estimateSearched(values) {
    const full = fullRange(values);
    // A width beyond f32 is refused, with its place, by whoever chooses the scale.
    if (!Number.isFinite(Math.fround(full.max - full.min))) return full;
    const points = pointsOf(values);
    const problem = rangeProblem(format, full, points);
    const found = search(problem);
    const judge = points.exact ? problem.error : exactError(format, values);
    return judge(found.min, found.max) < judge(full.min, full.max) ? found : full;
  };
}

/** Sums over the values themselves, where the search saw a summary. */
function exactError(format: SearchedFormat, values: Float32Array): RangeProblem["error"] {
  return function error(min, max) {
    let sum = 0;
    for (let begin = 0; begin < values.length; begin += CHUNK_VALUES) {
      const chunk = Float64Array.from(values.subarray(begin, begin + CHUNK_VALUES));
      const points: ValuePoints = { length: chunk.length, values: chunk, counts: ONES, exact: true };
      sum += squaredError(format, points, scaleOfBounds(format, min, max));
    }
    return sum;
  };
}

const CHUNK_VALUES = 4096;
const ONES = new Float64Array(CHUNK_VALUES).fill(1);

function nibble({ error, full }: RangeProblem, bins: number, steps: number): ValueRange {
  const step = (full.max - full.min) / bins;
  let { max, min } = full;
  let best = full;
  let least = error(min, max);
  for (let k = 0; k < steps; k++) {
    const fromBelow = error(min + step, max);
    const fromAbove = error(min, max - step);
    if (fromBelow < fromAbove) min += step;
    else max -= step;
    const now = Math.min(fromBelow, fromAbove);
    if (now >= least) continue;
    least = now;
    best = { min, max };
  }
  return best;
}

/** Tries the peaks peak·k/bins, from the full one down to the one above `lowest`. */
function bestPeak({ error, full }: RangeProblem, bins: number, lowest: number): ValueRange {
  const peak = Math.max(full.max, -full.min);
  let best = peak;
  let least = Infinity;
  for (let k = bins; k > lowest; k--) {
    const tried = (peak * k) / bins;
    const now = error(-tried, tried);
    if (now >= least) continue;
    least = now;
    best = tried;
  }
  return { min: -best, max: best };
}

/** Each sweep over one bound holds the other; more of them gain next to nothing. */
const SWEEPS = 4;

function bestBounds({ error, full }: RangeProblem, steps: number): ValueRange {
  const step = (full.max - full.min) / steps;
  let { max, min } = full;
  let least = error(min, max);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const before = least;
    for (let low = full.min; low < max; low += step) {
      const now = error(low, max);
      if (now >= least) continue;
      least = now;
      min = low;
    }
    for (let high = full.max; high > min; high -= step) {
      const now = error(min, high);
      if (now >= least) continue;
      least = now;
      max = high;
    }
    if (least === before) break;
  }
  return { min, max };
}

/** Each refit lowers the error or ends the search; rounding keeps it from going on for ever anyway. */
const MOST_REFITS = 32;

function refitWhileItHelps({ error, refit }: RangeProblem, start: ValueRange): ValueRange {
  let best = start;
  let least = error(best.min, best.max);
  for (let k = 0; k < MOST_REFITS; k++) {
    const next = refit(best.min, best.max);
    const now = error(next.min, next.max);
    if (now >= least) break;
    least = now;
    best = next;
  }
  return best;
}

function checkSteps(op: string, what: string, steps: number): void {
  if (Number.isInteger(steps) && steps >= 1 && steps <= MAX_STEPS) return;
  throw new DqrmError("VALUE", {
    op,
    what,
    expected: `an integer in [1, ${MAX_STEPS}]`,
    actual: String(steps),
  });
}
