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
