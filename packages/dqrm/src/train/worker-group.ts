import { watched, type StartTimer, type Transport } from "@dqrm/comm";
import type { TrainRun } from "./run-training.ts";

/** Holds the workers that train together with this one, of which the first speaks for all. */
export interface WorkerGroup {
  readonly rank: number;
  /**
   * Waits until every worker has its data, and trains with them; a failure of any of them is the group's.
   *
   * The transport is undefined for a worker without others.
   */
  join<T>(run: TrainRun, train: (transport: Transport | undefined) => Promise<T>): Promise<T>;
  /** Ends this worker's part; the others hear of it, and of the error that was the reason. */
  close(error?: unknown): Promise<void>;
}

/** Is the group of a worker that trains alone. */
export const alone: WorkerGroup = {
  rank: 0,
  join: (_, train) => train(undefined),
  close: () => Promise.resolve(),
};

/** Lets a worker wait for others no longer than the run's options say. */
export function watchPeers(transport: Transport, { options }: TrainRun, startTimer: StartTimer): Transport {
  return watched(transport, { timeoutMs: 1000 * options.peerTimeoutSeconds, startTimer });
}
