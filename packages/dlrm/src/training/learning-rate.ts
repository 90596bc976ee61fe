/**
 * Says how the learning rate follows the steps: warm-up, a plateau, a quadratic decay, and then its last value.
 *
 * @units steps count from 1, as in the reference; 0 warm-up or decay steps switch a phase off
 * @source facebookresearch/dlrm LRPolicyScheduler, flags --lr-num-warmup-steps, --lr-decay-start-step, --lr-num-decay-steps
 */
export interface LearningRatePolicy {
  readonly base: number;
  readonly warmupSteps: number;
  /** The first step of the decay; read when decaySteps > 0 only. */
  readonly decayStartStep: number;
  readonly decaySteps: number;
  /**
   * Between warm-up and decay: "base" keeps the base rate; "reference" freezes the last warm-up rate, as the
   * reference does by a defect, when a decay is configured.
   */
  readonly hold: "base" | "reference";
}

/** The reference never lets a decayed rate fall below this. */
export const MINIMUM_DECAYED_RATE = 1e-7;

/**
 * Gives the learning rate of a step, counted from 0 as in ModelState.step.
 *
 * @units warm-up: base · t/warmupSteps; decay: base · ((d − k)/d)², k steps into a decay of d, at least 1e-7;
 *        afterwards the last decayed rate
 *
 * ```ts doctest
 * import { learningRateAt } from "@dqrm/dlrm";
 * const policy = { base: 1, warmupSteps: 4, decayStartStep: 6, decaySteps: 4, hold: "base" } as const;
 * [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => learningRateAt(policy, step));
 * // => [0.25, 0.5, 0.75, 1, 1, 1, 0.5625, 0.25, 0.0625, 0.0625]
 * ```
 */
export function learningRateAt(policy: LearningRatePolicy, step: number): number {
  const { base, decaySteps, decayStartStep, hold, warmupSteps } = policy;
  const count = step + 1;
  if (count < warmupSteps) return warmupRate(policy, count);
  if (decaySteps === 0) return base;
  if (count < decayStartStep) {
    return hold === "reference" && warmupSteps > 1 ? warmupRate(policy, warmupSteps - 1) : base;
  }
  const decayed = Math.min(count - decayStartStep, decaySteps - 1);
  return Math.max(MINIMUM_DECAYED_RATE, base * ((decaySteps - decayed) / decaySteps) ** 2);
}

function warmupRate({ base, warmupSteps }: LearningRatePolicy, count: number): number {
  return base * (1 - (warmupSteps - count) / warmupSteps);
}
