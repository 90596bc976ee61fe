import type { TrainingEvaluation, TrainingProgress } from "@dqrm/dlrm";
import type { LaneState } from "../terminal/progress.ts";

/** Shares the cores of a machine among runs that go side by side; each has at least one thread. */
export function laneThreads(cores: number, lanes: number): number {
  return Math.max(1, Math.floor(cores / lanes));
}

/** Turns a progress event into the state of a lane of the display. */
export function laneState(event: TrainingProgress, note: string): LaneState {
  const { batch, batches, epoch, epochs, exchange, loss, samplesPerSecond, secondsLeft } = event;
  const fraction = (epoch * batches + batch) / (epochs * batches);
  return { epoch: epoch + 1, epochs, fraction, samplesPerSecond, loss, secondsLeft, exchange, note };
}

/** Says in a few words what an evaluation found on validation samples. */
export function validationNote({ record }: TrainingEvaluation): string {
  const auc = record.validation?.auc ?? null;
  return auc === null ? "" : `val AUC ${auc.toFixed(4)}`;
}
