import type { Jagged } from "../../format/jagged.ts";
import type { RowGradient } from "../../format/row-gradient.ts";
import { coreIndices, type CoreArrays } from "../../mapping/tensor-train.ts";
import { coreCols, type CoreNumbers, type TensorTrainShape } from "../../mapping/tensor-train-shape.ts";
import { failIndex } from "../../reference/checks.ts";

/** Holds what a tensor-train feature needs for each index of a batch; it grows with the batches. */
export interface TrainRows {
  readonly capacity: number;
  readonly cores: CoreArrays;
  readonly dcores: CoreArrays;
  readonly rows: Float32Array;
  readonly drows: Float32Array;
  /** Splits indices into those of the cores. @throws INDEX_RANGE when one is outside [0, rows) */
  split(indices: Int32Array, rows: number, count: number): void;
  /** Gives each index alone in a bag, as rows of a core. */
  single(core: number, count: number): Jagged;
  /** Gives bags of the positions of their indices: the rows of a batch are numbered by them. */
  positions(bags: Jagged, size: number): Jagged;
  /** Puts the gradient of rows at their positions, zero where there is none. */
  spread(gradient: RowGradient, count: number): void;
}

/** Allocates room for a batch of `capacity` indices. */
export function allocateTrainRows(shape: TensorTrainShape, capacity: number): TrainRows {
  const { cols, coreRows } = shape;
  const widths = coreCols(shape);
  const indices = coreRows.map(() => new Int32Array(capacity));
  const counting = Int32Array.from({ length: capacity + 1 }, (_, i) => i);
  const drows = new Float32Array(capacity * cols);
  return {
    capacity,
    cores: allocateCores(widths, capacity),
    dcores: allocateCores(widths, capacity),
    rows: new Float32Array(capacity * cols),
    drows,
    split(from, rows, count) {
      for (let i = 0; i < count; i++) {
        if (from[i] < 0 || from[i] >= rows) failIndex("tensor-train feature", i, from[i], rows);
        const parts = coreIndices(coreRows, from[i]);
        for (let k = 0; k < indices.length; k++) indices[k][i] = parts[k];
      }
    },
    single: (core, count) => ({
      indices: indices[core].subarray(0, count),
      offsets: counting.subarray(0, count + 1),
    }),
    positions: ({ offsets, weights }, size) => ({
      indices: counting.subarray(0, offsets[size]),
      offsets,
      ...(weights === undefined ? {} : { weights }),
    }),
    spread({ count: touched, rows, values }, count) {
      drows.fill(0, 0, count * cols);
      for (let k = 0; k < touched; k++) {
        drows.set(values.subarray(k * cols, (k + 1) * cols), rows[k] * cols);
      }
    },
  };
}

function allocateCores(widths: CoreNumbers, capacity: number): CoreArrays {
  return [
    new Float32Array(capacity * widths[0]),
    new Float32Array(capacity * widths[1]),
    new Float32Array(capacity * widths[2]),
  ];
}
