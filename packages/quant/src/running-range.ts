import { DqrmError } from "@dqrm/core";
import { fullRange, type ValueRange } from "./range.ts";

/**
 * Says how a running range follows its observations: by an exponential moving average, or never shrinking.
 *
 * @units ema: bound = momentum·bound + (1 − momentum)·observed
 */
export type RangeFollowing =
  { readonly kind: "ema"; readonly momentum: number } | { readonly kind: "extremes" };

/** Holds a running range as data, so that a checkpoint can store it. */
export interface RunningRangeState extends ValueRange {
  /** Observations so far; with 0 the bounds mean nothing. */
  readonly observations: number;
}

/** Follows the range of values that change from step to step, such as activations. */
export interface RunningRange {
  /** Takes in one batch of values and returns the range after it; a {@link RangeEstimator} for one scale. */
  observe(values: Float32Array): ValueRange;
  /** The range so far, as data. */
  readonly state: RunningRangeState;
}

/**
 * Creates a running range; the first observation sets it, later ones move it.
 *
 * Bounds are rounded to f32 after each observation, as the tensors of the authors' code are.
 *
 * @throws VALUE when momentum is outside [0, 1]; `observe` throws NON_FINITE for NaN or infinite values and then
 *         changes nothing
 * @source the authors' QuantAct: momentum 0.95, or −1 for running extremes
 *
 * ```ts doctest
 * import { createRunningRange } from "@dqrm/quant";
 * const running = createRunningRange({ kind: "ema", momentum: 0.75 });
 * running.observe(Float32Array.of(-1, 2)); // => { min: -1, max: 2 }
 * running.observe(Float32Array.of(-5, 6)); // => { min: -2, max: 3 }
 * ```
 */
export function createRunningRange(following: RangeFollowing, from?: RunningRangeState): RunningRange {
  if (following.kind === "ema" && !(following.momentum >= 0 && following.momentum <= 1)) {
    throw new DqrmError("VALUE", {
      op: "createRunningRange",
      what: "momentum",
      expected: "a number in [0, 1]",
      actual: String(following.momentum),
    });
  }
  let state: RunningRangeState = from ?? { min: 0, max: 0, observations: 0 };
  return {
    observe(values) {
      if (values.length === 0) return { min: state.min, max: state.max };
      const seen = fullRange(values);
      const next = state.observations === 0 ? seen : follow(following, state, seen);
      state = { ...next, observations: state.observations + 1 };
      return next;
    },
    get state() {
      return state;
    },
  };
}

function follow(following: RangeFollowing, range: ValueRange, seen: ValueRange): ValueRange {
  if (following.kind === "extremes") {
    return { min: Math.min(range.min, seen.min), max: Math.max(range.max, seen.max) };
  }
  const { momentum } = following;
  return {
    min: Math.fround(range.min * momentum + seen.min * (1 - momentum)),
    max: Math.fround(range.max * momentum + seen.max * (1 - momentum)),
  };
}
