import type { RowGradient } from "../../format/row-gradient.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import type { OptimizerSpec, Placement, Pooling } from "../../kernel/ops.ts";
import type { RowsReader, TableLookup } from "../feature/feature.ts";
import type { TableSpec } from "../model-spec.ts";
import type { TableState } from "./table-state.ts";

/**
 * Trains one table as its quantization says: what the forward pass reads, when scales are chosen, and what a step changes.
 *
 * There is one implementation for each kind of {@link TableQuantization}; the executor knows none of them by name.
 */
export interface TableTraining {
  /** Prepares the pooling of rows as the forward pass sees them. */
  lookup(pooling: Pooling, placement: Placement): TableLookup;
  /** Chooses what is due before the training step with the given number, counted from 0. */
  beforeStep(step: number): void;
  /** Chooses what must be exact at any time, as inference sees it. */
  beforeInference(): void;
  /** Reads the state's arrays anew, after the caller changed them. */
  reload(): void;
  /** Reads the masters, or what stored codes stand for. */
  readonly readRows: RowsReader;
  /**
   * Changes the table by a batch's coalesced, finite gradient, in the step with the given number; may change the gradient.
   *
   * @throws VALUE when the learning rate is NaN or infinite, before anything changes
   */
  applyGradient(gradient: RowGradient, learningRate: number, step: number): void;
}

/** Gives the training of a table what it is built from. */
export interface TableTrainingContext {
  readonly table: TableSpec;
  /** The table's place in the model: tells its random numbers apart from those of other tables. */
  readonly index: number;
  readonly state: TableState;
  readonly optimizer: OptimizerSpec;
  readonly kernels: Kernels;
}
