import type { ModelDescription } from "./describe-training.ts";

/** Identifies a pool of threads or a plan of the addon; nothing can be read from it. */
export type AddonHandle = object;

/** Lists what the addon offers for plans (native/binding/plan-binding.cc). */
export interface PlanAddon {
  createPool(threads: number): AddonHandle;
  poolThreads(pool: AddonHandle): number;
  /**
   * Compiles a model for training.
   *
   * @shape numbers and arrays as {@link describeTraining} lists them, then f64[1] for the mean loss of each step
   */
  createTraining(
    isa: string,
    pool: AddonHandle,
    numbers: Float64Array,
    arrays: readonly ArrayBufferView[],
  ): AddonHandle;
  /** Says where an array of the next batch lies: 0 dense, 1 labels, then indices, offsets and weights of each feature. */
  bindTrainingArray(plan: AddonHandle, slot: number, array: ArrayBufferView | undefined): void;
  /** Trains on the bound batch and returns 0, or returns why nothing changed. */
  trainStep(plan: AddonHandle, size: number, rate: number): number;
  inferTraining(plan: AddonHandle, size: number, dst: Float32Array): number;
  importLayers(plan: AddonHandle): void;
  exportLayers(plan: AddonHandle): void;
  scanRanges(plan: AddonHandle): void;
  takeTrainingStages(plan: AddonHandle, seconds: Float64Array): void;
  /**
   * Compiles a packed model for serving.
   *
   * @shape model as {@link describeInference} gives it; refused f64[2], for a sample and its logit
   */
  createInference(
    isa: string,
    pool: AddonHandle,
    model: ModelDescription,
    refused: Float64Array,
  ): AddonInference;
}

/** Calls one plan that serves; lives as long as one of its functions. */
export interface AddonInference {
  /** Says where an array of the next batch lies: 0 dense, 1 predictions, then as {@link PlanAddon.bindTrainingArray}. */
  bind(slot: number, array: ArrayBufferView | undefined): void;
  /** Writes the predictions of the bound batch and returns 0, or returns why it did not. */
  infer(size: number): number;
  takeStages(seconds: Float64Array): void;
}

/** What a call of the addon returns when a logit is not finite. */
export const NOT_FINITE = 3;

/** What a call of the addon returns when it did what it was asked for. */
export const DONE = 0;
