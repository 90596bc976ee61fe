import type { Jagged, Placement, Pooling, RowGradient } from "@dqrm/core";

/**
 * Looks up bags of rows on the host, synchronously; every kind of table that can be served is one of these.
 *
 * A bag that carries weights is pooled as a weighted sum; "mean" divides by the number of indices, weighted or not.
 */
export interface EmbeddingTable {
  readonly rows: number;
  readonly cols: number;
  readonly pooling: Pooling;
  /**
   * Overwrites the vector of each bag in `dst` and changes nothing else.
   *
   * @shape dst f32[bags × cols], or at the places that {@link placed} chose
   * @throws INDEX_RANGE when an index is outside [0, rows) and the bounds are fatal; SHAPE when dst is too short
   * @cost O(indices × cols), allocates nothing
   */
  lookup(bags: Jagged, dst: Float32Array): void;
  /** Gives the same table, writing (and reading gradients) at other places of a wider matrix. */
  placed(placement: Placement): EmbeddingTable;
}

/** Is a table that learns, inside a training loop that the caller owns; what its rows are made of is its own affair. */
export interface TrainableTable extends EmbeddingTable {
  /** What the optimizer remembers; a checkpoint stores it with the weights or codes. */
  readonly optimizerState: Float32Array;
  /** Looks up as {@link lookup}, as the first half of a training step: scales that are due are recomputed. */
  forward(bags: Jagged, dst: Float32Array): void;
  /**
   * Turns the gradient of the vectors into the gradient of the rows touched, each row once.
   *
   * @shape gradient f32[bags × cols], or at the places that {@link placed} chose
   * @cost O(indices × cols); the result is the table's own and valid until the next call
   */
  backward(bags: Jagged, gradient: Float32Array): RowGradient;
  /**
   * Updates the rows of a gradient and ends the step.
   *
   * @throws NON_FINITE when a gradient is NaN or infinite, INDEX_RANGE, SHAPE: no row has changed then
   * @cost O(touched rows × cols), whatever the number of rows
   */
  apply(gradient: RowGradient, learningRate: number): void;
  /** Reads the weights or codes anew after the caller changed them. */
  reload(): void;
  placed(placement: Placement): TrainableTable;
}

/** Is a table that learns float weights: served as they are, or masters of codes. */
export interface MasterTable extends TrainableTable {
  /** The float weights; whoever changes them from outside calls {@link reload}. */
  readonly weights: Float32Array;
  placed(placement: Placement): MasterTable;
}

/**
 * Looks up bags where an answer takes time: on an accelerator or another machine.
 *
 * It is a second interface and not a union with {@link EmbeddingTable}: a host table never pays for a promise.
 */
export interface DeviceTable {
  readonly rows: number;
  readonly cols: number;
  readonly pooling: Pooling;
  /**
   * Gives the vectors of the bags.
   *
   * @shape f32[bags × cols]
   */
  lookup(bags: Jagged, signal: AbortSignal): Promise<Float32Array>;
  /** Frees what the device holds; the table must not be used afterwards. */
  dispose(): Promise<void>;
}
