import {
  createKernels,
  createRowGradient,
  DqrmError,
  reference,
  rowStateLength,
  type BlockRange,
  type Kernels,
  type OptimizerSpec,
  type RowGradient,
} from "@dqrm/core";
import { checkTable } from "./check-table.ts";

/** Fixes a sparse optimizer over the rows of one matrix. */
export interface SparseOptimizerOptions {
  readonly rows: number;
  readonly cols: number;
  /** @shape f32[rows × cols], changed in place */
  readonly weights: Float32Array;
  readonly optimizer: OptimizerSpec;
  /** State to go on from; zeros unless given. @shape f32[0 sgd | rows × cols adagrad | rows rowwise-adagrad] */
  readonly state?: Float32Array;
  /** A range to keep exact, see createBlockRange. */
  readonly range?: BlockRange;
  /** The reference kernels unless said otherwise. */
  readonly kernels?: Kernels;
}

/** Updates only the rows that a batch touched. */
export interface SparseOptimizer {
  readonly state: Float32Array;
  /**
   * Updates the rows of a coalesced gradient.
   *
   * @throws NON_FINITE when a gradient is NaN or infinite, INDEX_RANGE, SHAPE, VALUE: no row has changed then
   * @cost O(touched rows × cols)
   */
  apply(gradient: RowGradient, learningRate: number): void;
  /**
   * Sums gradients of the same row, then updates: a row that occurs twice is updated once, with its whole gradient.
   *
   * @shape rows i32[>= count], values f32[>= count × cols]
   * @throws NON_FINITE, INDEX_RANGE, SHAPE or VALUE as {@link apply}
   * @cost O(count × cols)
   */
  applyPairs(rows: Int32Array, values: Float32Array, count: number, learningRate: number): void;
}

/**
 * Creates an optimizer for the rows of a matrix that the caller owns.
 *
 * @units sgd: w −= lr·g; adagrad: s += g², w −= lr·g/(√s + ε); rowwise-adagrad: s += mean(g²), w −= lr·g/(√s + ε)
 * @throws SHAPE when weights or state have another length than rows and cols imply
 * @source torch.optim.SGD and Adagrad; FBGEMM EXACT_ROWWISE_ADAGRAD ("exact": duplicates are summed first)
 *
 * ```ts doctest
 * import { createSparseOptimizer } from "@dqrm/embedding";
 * const weights = Float32Array.of(1, 1, 1, 1);
 * const sgd = createSparseOptimizer({ rows: 2, cols: 2, weights, optimizer: { kind: "sgd" } });
 * sgd.applyPairs(Int32Array.of(1, 1), Float32Array.of(1, 0, 1, 2), 2, 0.5);
 * [...weights]; // => [1, 1, 0, 0]
 * ```
 */
export function createSparseOptimizer(options: SparseOptimizerOptions): SparseOptimizer {
  const { rows, cols, weights, optimizer, range, kernels = createKernels([reference]) } = options;
  checkTable("sparse optimizer", rows, cols, weights);
  const length = rowStateLength(optimizer, rows, cols);
  const { state = new Float32Array(length) } = options;
  expectLength("state", state.length, length);
  const update = kernels.prepare("updateRows", { cols, optimizer });
  const coalesce = kernels.prepare("coalesceRows", { cols });
  const summed = createRowGradient(cols, 0);

  const apply = (gradient: RowGradient, learningRate: number): void => {
    expectLength("gradient columns", gradient.cols, cols);
    update(weights, rows, state, gradient, learningRate, range, 0, gradient.count);
  };
  return {
    state,
    apply,
    applyPairs: (touched, values, count, learningRate) => {
      coalesce(touched, values, count, summed);
      apply(summed, learningRate);
    },
  };
}

function expectLength(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new DqrmError("SHAPE", { op: "sparse optimizer", what, expected, actual });
}
