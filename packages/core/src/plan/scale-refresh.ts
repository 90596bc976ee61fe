import type { ScaleRefresh } from "./model-spec.ts";

/**
 * Tells whether a table's scale is recomputed before the step with the given number, counted from 0.
 *
 * @source DQRM §3.2: the period counts training steps; the authors' code recomputes every P + 1 calls, the paper every P
 *
 * ```ts doctest
 * import { scaleRefreshDue } from "@dqrm/core";
 * [0, 1, 2, 3].map((step) => scaleRefreshDue({ kind: "periodic", periodSteps: 2 }, step));
 * // => [true, false, true, false]
 * ```
 */
export function scaleRefreshDue(refresh: ScaleRefresh, step: number): boolean {
  switch (refresh.kind) {
    case "every-step":
      return true;
    case "periodic":
      return step % refresh.periodSteps === 0;
    case "once":
      return step === 0;
  }
}
