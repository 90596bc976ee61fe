import { DqrmError, type ScaleRefresh } from "@dqrm/core";

/**
 * Recomputes the scale before every step: exact, and nothing that is in range is ever clamped.
 *
 * ```ts doctest
 * import { scaleRefreshDue } from "@dqrm/core";
 * import { everyStep } from "@dqrm/quant";
 * scaleRefreshDue(everyStep, 7); // => true
 * ```
 */
export const everyStep: ScaleRefresh = { kind: "every-step" };

/**
 * Computes the scale before the first step and keeps it.
 *
 * ```ts doctest
 * import { scaleRefreshDue } from "@dqrm/core";
 * import { once } from "@dqrm/quant";
 * [0, 1, 2].map((step) => scaleRefreshDue(once, step)); // => [true, false, false]
 * ```
 */
export const once: ScaleRefresh = { kind: "once" };

/**
 * Recomputes the scale before every `periodSteps`-th step, from step 0 on; weights that outgrow it are clamped meanwhile.
 *
 * @throws VALUE when periodSteps is not an integer >= 1
 * @source DQRM §3.2, Table 5: 200 or 1000 steps
 *
 * ```ts doctest
 * import { scaleRefreshDue } from "@dqrm/core";
 * import { everySteps } from "@dqrm/quant";
 * [0, 199, 200].map((step) => scaleRefreshDue(everySteps(200), step)); // => [true, false, true]
 * ```
 */
export function everySteps(periodSteps: number): ScaleRefresh {
  if (!Number.isInteger(periodSteps) || periodSteps < 1) {
    throw new DqrmError("VALUE", {
      op: "everySteps",
      what: "periodSteps",
      expected: "an integer >= 1",
      actual: String(periodSteps),
    });
  }
  return { kind: "periodic", periodSteps };
}
