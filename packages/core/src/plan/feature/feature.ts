import type { Jagged } from "../../format/jagged.ts";
import type { RowGradient } from "../../format/row-gradient.ts";
import type { Placement, Pooling } from "../../kernel/ops.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import type { ModelSpec } from "../model-spec.ts";
import type { LayerTensors } from "../plan.ts";

/** Writes the pooled rows of bags [0, size) where its placement says. */
export type TableLookup = (bags: Jagged, dst: Float32Array, size: number) => void;

/** Prepares a lookup of one table: over float, fake-quantized or packed rows. */
export type TableLookupFactory = (table: number, pooling: Pooling, placement: Placement) => TableLookup;

/**
 * Writes the rows of a table with the given indices one after the other, as an optimizer sees them.
 *
 * @shape rows i32[>= count], dst f32[>= count × cols]
 */
export type RowsReader = (rows: Int32Array, count: number, dst: Float32Array) => void;

/** Gives a feature what it is built from. */
export interface FeatureContext {
  readonly spec: ModelSpec;
  readonly kernels: Kernels;
  readonly maxBatch: number;
  readonly lookup: TableLookupFactory;
  /** Pooling weights of each table, empty when it has none. */
  readonly poolingWeights: readonly Float32Array[];
  /** Reads rows of each table, for the gradient of learned pooling weights; absent when only serving. */
  readonly readRows: readonly RowsReader[] | undefined;
}

/** Receives the gradients of a feature's parameters. */
export interface FeatureGradients {
  readonly tables: readonly RowGradient[];
  readonly poolingWeights: readonly RowGradient[];
  readonly projection: LayerTensors | undefined;
}

/** Turns the bags of one sparse feature into one vector of the interaction, and its gradient into row gradients. */
export interface Feature {
  forward(bags: Jagged, vectors: Float32Array, size: number): void;
  /** Comes after `forward` with the same bags. */
  backward(bags: Jagged, dvectors: Float32Array, size: number, gradients: FeatureGradients): void;
}
