import { createExchangeMeter, type ExchangedStep } from "./exchange-meter.ts";
import type { TrainingProgress } from "./training-event.ts";

/** More frequent progress would cost more than it tells. */
const PROGRESS_INTERVAL_MS = 200;

/** The event loop waits at most about this long: signals and timers then still feel immediate. */
const PAUSE_INTERVAL_MS = 50;

type ProgressFigures = Pick<TrainingProgress, "loss" | "samplesPerSecond" | "secondsLeft" | "exchange">;

/** Measures a run's speed by the caller's clock, and says when to report and to pause. */
export interface ProgressMeter {
  /** Counts a trained batch with its summed loss. */
  trained(samples: number, lossSum: number): void;
  /** Counts a step in which gradients travelled. */
  exchanged(step: ExchangedStep): void;
  /** Takes the time of work that is no training out of the speed. */
  aside<T>(work: () => Promise<T>): Promise<T>;
  /** True when the caller should let other work run; then the wait begins anew. */
  pauseDue(): boolean;
  /** True when a report is due. */
  reportDue(): boolean;
  /** Gives the figures of a report, and begins the next. */
  report(samplesLeft: number): ProgressFigures;
  samplesPerSecond(): number;
  /** Seconds since the meter was made. */
  seconds(): number;
}

/**
 * Creates a meter that begins now.
 *
 * @units clock: milliseconds
 */
export function createProgressMeter(clock: () => number): ProgressMeter {
  const begin = clock();
  let asideMs = 0;
  let samples = 0;
  let lastPause = begin;
  let lastReport = begin;
  let reportSamples = 0;
  let reportLoss = 0;
  const exchange = createExchangeMeter();
  const trainingMs = (): number => clock() - begin - asideMs;
  const samplesPerSecond = (): number => {
    const elapsed = trainingMs();
    return elapsed > 0 ? (1000 * samples) / elapsed : 0;
  };

  return {
    samplesPerSecond,
    seconds: () => (clock() - begin) / 1000,
    trained(count, lossSum) {
      samples += count;
      reportSamples += count;
      reportLoss += lossSum;
    },
    exchanged: exchange.add,
    async aside(work) {
      const start = clock();
      try {
        return await work();
      } finally {
        asideMs += clock() - start;
      }
    },
    pauseDue() {
      const now = clock();
      if (now - lastPause < PAUSE_INTERVAL_MS) return false;
      lastPause = now;
      return true;
    },
    reportDue: () => clock() - lastReport >= PROGRESS_INTERVAL_MS,
    report(samplesLeft) {
      lastReport = clock();
      const perSample = samples > 0 ? (lastReport - begin) / samples : 0;
      const loss = reportSamples > 0 ? reportLoss / reportSamples : 0;
      reportSamples = 0;
      reportLoss = 0;
      const secondsLeft = (samplesLeft * perSample) / 1000;
      return { loss, samplesPerSecond: samplesPerSecond(), secondsLeft, exchange: exchange.take() };
    },
  };
}
