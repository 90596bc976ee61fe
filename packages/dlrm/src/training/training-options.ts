import type { Transport } from "@dqrm/comm";
import type { Arena, Kernels, ModelSpec, ModelState } from "@dqrm/core";
import type { DatasetParts } from "@dqrm/data";
import type { DlrmConfig } from "../config/dlrm-config.ts";
import type { Metrics } from "../metrics/evaluate-predictions.ts";
import type { LayerSum } from "../parallel/layer-sum.ts";
import type { ShardResidual } from "../parallel/parallel-step.ts";
import type { EpochRecord, TrainerState } from "./trainer-state.ts";
import type { TrainingEvent } from "./training-event.ts";

/** Holds what a run needs to go on bit for bit. */
export interface TrainingCheckpoint {
  readonly trainer: TrainerState;
  readonly state: ModelState;
  /** The weights of the best evaluation so far, as allocateSnapshot makes them; undefined when there is none. */
  readonly best: ModelState | undefined;
  /** What error feedback keeps for every shard; absent without other workers. */
  readonly residuals?: readonly ShardResidual[];
}

/** Holds what the caller does while a run goes on. */
export interface TrainingHooks {
  /**
   * Takes a checkpoint: after every evaluation, every `checkpointEverySteps` steps, and when the run is aborted.
   * The states are the run's own: save or copy them before the promise resolves. `spec` is the model as the phase trains
   * it: with a schedule of bit widths another one than buildModelSpec gives.
   */
  readonly onCheckpoint?: (checkpoint: TrainingCheckpoint, spec: ModelSpec) => Promise<void>;
  /** Steps between checkpoints inside an epoch; 0 or absent: none. */
  readonly checkpointEverySteps?: number;
  /** Lets the event loop run, for example by awaiting setImmediate; called about 20 times a second. */
  readonly pause?: () => Promise<void>;
  readonly onEvent?: (event: TrainingEvent) => void;
}

/** Says what to train, on what, and by which clock. */
export interface TrainingOptions {
  readonly config: DlrmConfig;
  readonly parts: DatasetParts;
  /** Decides the first weights and the order of every epoch. */
  readonly seed: number;
  readonly kernels: Kernels;
  /** Gives the time in milliseconds, from any beginning. */
  readonly clock: () => number;
  /** Where the parameters live; by default in an arena of the run's own. */
  readonly arena?: Arena;
  /** Ends the run after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly hooks?: TrainingHooks;
  /**
   * Shares the parts of every batch with other workers, each of which is given the same options but for its transport; the
   * configuration's gradients say into how many parts, and how gradients travel.
   */
  readonly transport?: Transport;
  /** Who sums the gradients of layers, the same on all workers; "auto" without it. The model is the same, bit for bit. */
  readonly layerSum?: LayerSum | "auto";
  /** Where to go on; the run changes the checkpoint's own arrays in place. */
  readonly resume?: TrainingCheckpoint;
}

/** Holds a trained model and the history of its training. */
export interface TrainingResult {
  /** The model as the last phase that was trained sees it. */
  readonly spec: ModelSpec;
  /** The weights at the end. */
  readonly state: ModelState;
  /**
   * The weights with the highest validation AUC among those with the bit widths of the last phase; the same as `state`
   * when nothing could select.
   */
  readonly selected: ModelState;
  readonly trainer: TrainerState;
  /** "early-stop": validation did not improve for the configured patience; "aborted": the signal ended the run. */
  readonly outcome: "finished" | "early-stop" | "aborted";
  /** The evaluation of the selected weights; null when the run ended before any. */
  readonly selectedRecord: EpochRecord | null;
  /**
   * Metrics of the selected weights on the test samples, read for no decision; null when aborted, without any, and on all but
   * the first worker of a group.
   */
  readonly test: Metrics | null;
  /**
   * Mean bytes that another worker received of one part of a batch in this call, over all workers; null when gradients did not
   * travel.
   */
  readonly messageBytes: number | null;
  /** Speed of training in this call, without evaluations. */
  readonly samplesPerSecond: number;
  /** Duration of this call. */
  readonly seconds: number;
}
