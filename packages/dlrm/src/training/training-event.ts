import type { EpochRecord } from "./trainer-state.ts";

/** Tells how far a training run is. */
export interface TrainingProgress {
  readonly kind: "progress";
  /** The current epoch, counted from 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Batches of this epoch that were trained. */
  readonly batch: number;
  readonly batches: number;
  readonly step: number;
  /** Mean loss since the last progress event. */
  readonly loss: number;
  /** Training speed since this call began, without evaluations. */
  readonly samplesPerSecond: number;
  /** Estimated from the whole run so far, evaluations included. */
  readonly secondsLeft: number;
  /** What this worker's gradients took since the last progress event; null when they do not travel. */
  readonly exchange: ExchangeFigures | null;
}

/** Says what the gradients of a worker take, in the mean of steps. */
export interface ExchangeFigures {
  /** Bytes that every other worker receives from this one in a step. */
  readonly bytes: number;
  /** How many times as many the same gradients are as floats, with a number of 4 bytes for each row. */
  readonly ratio: number;
  /** Time of a step to encode, send, receive, decode and add. */
  readonly milliseconds: number;
}

/** Tells what an evaluation found. */
export interface TrainingEvaluation {
  readonly kind: "evaluation";
  readonly record: EpochRecord;
  /** True when no evaluation before, of those that may select, had as high a validation AUC. */
  readonly best: boolean;
}

/** Lists what a training run reports while it runs. */
export type TrainingEvent = TrainingProgress | TrainingEvaluation;
