import {
  allocateRows,
  createKernels,
  createStoredUpdate,
  reference,
  rowStateLength,
  storedRowFormat,
  storeRows,
  type OptimizerSpec,
  type PackedRows,
  type RandomKey,
  type RowGradient,
  type StoredQuantization,
  type StoredUpdate,
} from "../../../src/index.ts";

export const kernels = createKernels([reference]);

export const nearest = { kind: "nearest" } as const;
export const stochastic = { kind: "stochastic", seed: 1 } as const;

export const sgd: OptimizerSpec = { kind: "sgd" };

/** A stored table with what its training needs. */
export interface StoredCase {
  readonly packed: PackedRows;
  readonly optimizerState: Float32Array;
  readonly update: StoredUpdate;
}

/** Stores weights and prepares their training. */
export function storedCase(
  quantization: StoredQuantization,
  weights: Float32Array,
  cols: number,
  { key = { seed: 1, stream: 7 }, optimizer = sgd }: { key?: RandomKey; optimizer?: OptimizerSpec } = {},
): StoredCase {
  const rows = weights.length / cols;
  const packed = allocateRows(storedRowFormat(quantization, cols), rows);
  storeRows(quantization, weights, packed, 0);
  const optimizerState = new Float32Array(rowStateLength(optimizer, rows, cols));
  const update = createStoredUpdate({ quantization, packed, optimizer, optimizerState, key }, kernels);
  return { packed, optimizerState, update };
}

/** Makes a gradient of distinct rows. */
export function gradientOf(cols: number, rows: readonly number[], values: readonly number[]): RowGradient {
  return {
    cols,
    count: rows.length,
    rows: Int32Array.from(rows),
    values: Float32Array.from(values),
    slots: new Int32Array(2),
  };
}

/** The weights that packed rows stand for. */
export function floatsOf(packed: PackedRows): Float32Array {
  const floats = new Float32Array(packed.rows * packed.format.cols);
  kernels.prepare("dequantizeRows", packed.format)(packed, floats, 0, packed.rows);
  return floats;
}
