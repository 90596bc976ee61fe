import type { ParallelReport } from "../parallel/parallel-step.ts";
import type { ExchangeFigures } from "./training-event.ts";

/** Says what travelled in a step, and how long it took. */
export type ExchangedStep = Pick<ParallelReport, "sentBytes" | "floatBytes" | "exchangeMs">;

/** Gathers what gradients take in steps. */
export interface ExchangeMeter {
  add(step: ExchangedStep): void;
  /** Gives the means since the last call, null without any step. */
  take(): ExchangeFigures | null;
}

/** Creates a meter that has seen no step. */
export function createExchangeMeter(): ExchangeMeter {
  let steps = 0;
  let sums = { sentBytes: 0, floatBytes: 0, exchangeMs: 0 };
  return {
    add(step) {
      steps++;
      sums = {
        sentBytes: sums.sentBytes + step.sentBytes,
        floatBytes: sums.floatBytes + step.floatBytes,
        exchangeMs: sums.exchangeMs + step.exchangeMs,
      };
    },
    take() {
      const { exchangeMs, floatBytes, sentBytes } = sums;
      const count = steps;
      steps = 0;
      sums = { sentBytes: 0, floatBytes: 0, exchangeMs: 0 };
      if (count === 0) return null;
      return { bytes: sentBytes / count, ratio: floatBytes / sentBytes, milliseconds: exchangeMs / count };
    },
  };
}
