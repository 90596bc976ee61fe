import type { EntropyChoice } from "./gradient-codecs.ts";

/** Steps that are measured, half of them with coded bytes: enough for the fastest of each to be undisturbed. */
export const MEASURED_STEPS = 20;

/** Lets the first steps decide whether bytes are coded by frequency. */
export interface EntropyMeasure {
  /** Takes the time of the exchange of a step, and switches to what the next step tries. */
  took(milliseconds: number): void;
}

/**
 * Measures exchanges with and without coded bytes in turns, and keeps what was faster.
 *
 * All workers take the same turns, for each waits for all; what one keeps is its own decision, which others need not know.
 *
 * ```ts doctest
 * import { MEASURED_STEPS, measureEntropy } from "@dqrm/dlrm";
 * const choice = { coded: true };
 * const measure = measureEntropy(choice);
 * for (let step = 0; step < MEASURED_STEPS; step++) measure.took(choice.coded ? 9 : 5);
 * choice.coded; // => false
 * ```
 */
export function measureEntropy(choice: EntropyChoice): EntropyMeasure {
  const fastest = { coded: Infinity, plain: Infinity };
  let steps = 0;
  choice.coded = true;
  return {
    took(milliseconds) {
      if (steps === MEASURED_STEPS) return;
      const kind = choice.coded ? "coded" : "plain";
      fastest[kind] = Math.min(fastest[kind], milliseconds);
      steps++;
      choice.coded = steps === MEASURED_STEPS ? fastest.coded <= fastest.plain : !choice.coded;
    },
  };
}
