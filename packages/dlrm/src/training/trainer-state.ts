import { integer, list, nullable, oneOf, real, record, flag, type Reader } from "../config/read.ts";
import type { Metrics } from "../metrics/evaluate-predictions.ts";

/** Holds what one evaluation found. */
export interface EpochRecord {
  /** Number of the epoch in which the evaluation stands, counted from 0. */
  readonly epoch: number;
  /** False for an evaluation inside an epoch. */
  readonly endOfEpoch: boolean;
  /** Steps applied so far, as ModelState.step. */
  readonly step: number;
  readonly samplesSeen: number;
  /** Mean loss over the samples of this epoch so far. */
  readonly trainLoss: number;
  /** Null when there are no validation samples. */
  readonly validation: Metrics | null;
  /** Null when there are no test samples, or they are read at the end only; never selects. */
  readonly test: Metrics | null;
}

/**
 * Holds a training run's position and history, JSON-able; with the ModelState it resumes bit for bit.
 *
 * The order of an epoch follows from seed and epoch, so that no random state is needed.
 */
export interface TrainerState {
  readonly version: 1;
  /** The seed that the run began with. */
  readonly seed: number;
  /** The current epoch, counted from 0; the next one once an epoch is complete. */
  readonly epoch: number;
  /** Batches of the current epoch that were trained. */
  readonly batch: number;
  /** Samples trained over all epochs. */
  readonly samplesSeen: number;
  /** Sum of the losses of the current epoch's samples. */
  readonly lossSum: number;
  /** Samples of the current epoch that were trained. */
  readonly lossSamples: number;
  /** Index in `history` of the evaluation of the last phase with the highest validation AUC, the first of equals. */
  readonly best: number | null;
  /** True once early stop ended the run. */
  readonly stoppedEarly: boolean;
  readonly history: readonly EpochRecord[];
}

const count = integer(0, Number.MAX_SAFE_INTEGER);
const anyReal = real(-Number.MAX_VALUE, Number.MAX_VALUE);

const metrics: Reader<Metrics> = record({
  samples: count,
  auc: nullable(real(0, 1)),
  accuracy: real(0, 1),
  logloss: anyReal,
  ne: nullable(anyReal),
  calibration: nullable(anyReal),
  averagePrecision: nullable(real(0, 1)),
});

const epochRecord: Reader<EpochRecord> = record({
  epoch: count,
  endOfEpoch: flag,
  step: count,
  samplesSeen: count,
  trainLoss: anyReal,
  validation: nullable(metrics),
  test: nullable(metrics),
});

/** Reads what one evaluation found. @throws CONFIG naming the path of the wrong value */
export function parseEpochRecord(source: string, value: unknown): EpochRecord {
  return epochRecord(value, { source, path: "" });
}

const trainerState: Reader<TrainerState> = record({
  version: oneOf(1),
  seed: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  epoch: count,
  batch: count,
  samplesSeen: count,
  lossSum: anyReal,
  lossSamples: count,
  best: nullable(count),
  stoppedEarly: flag,
  history: list(epochRecord, 0),
});

/**
 * Reads a trainer's state from parsed JSON.
 *
 * @throws CONFIG naming `source` and the dotted path of the wrong value
 *
 * ```ts doctest
 * import { initialTrainerState, parseTrainerState } from "@dqrm/dlrm";
 * parseTrainerState("trainer_state.json", JSON.parse(JSON.stringify(initialTrainerState(7)))).seed; // => 7
 * ```
 */
export function parseTrainerState(source: string, value: unknown): TrainerState {
  const state = trainerState(value, { source, path: "" });
  if (state.best !== null) integer(0, state.history.length - 1)(state.best, { source, path: "best" });
  return state;
}

/**
 * Gives the state of a run that has not begun.
 *
 * ```ts doctest
 * import { initialTrainerState } from "@dqrm/dlrm";
 * initialTrainerState(7).samplesSeen; // => 0
 * ```
 */
export function initialTrainerState(seed: number): TrainerState {
  return {
    version: 1,
    seed,
    epoch: 0,
    batch: 0,
    samplesSeen: 0,
    lossSum: 0,
    lossSamples: 0,
    best: null,
    stoppedEarly: false,
    history: [],
  };
}
