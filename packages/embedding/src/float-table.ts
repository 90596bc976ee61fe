import {
  createKernels,
  createRowGradient,
  reference,
  type Kernels,
  type OptimizerSpec,
  type Placement,
  type Pooling,
} from "@dqrm/core";
import { prepareBounds, type BoundsCheck, type BoundsPolicy } from "./bounds.ts";
import { createSparseOptimizer, type SparseOptimizer } from "./sparse-optimizer.ts";
import type { MasterTable } from "./table.ts";

/** Fixes a table that learns. */
export interface TrainableTableOptions {
  readonly rows: number;
  readonly cols: number;
  readonly pooling: Pooling;
  /** The caller's memory, changed in place; see uniformInit. @shape f32[rows × cols] */
  readonly weights: Float32Array;
  readonly optimizer: OptimizerSpec;
  /** State to go on from; zeros unless given. @shape f32[0 sgd | rows × cols adagrad | rows rowwise-adagrad] */
  readonly optimizerState?: Float32Array;
  /** What becomes of an index outside the table; fatal unless said otherwise. */
  readonly bounds?: BoundsPolicy;
  /** The reference kernels unless said otherwise. */
  readonly kernels?: Kernels;
}

/**
 * Creates an FP32 table that learns: the baseline that a quantized table is compared with.
 *
 * @throws SHAPE when weights or state have another length than rows and cols imply
 * @source torch.nn.EmbeddingBag(mode="sum" | "mean", sparse=True)
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { floatTable } from "@dqrm/embedding";
 * const table = floatTable({
 *   rows: 3, cols: 2, pooling: "mean", optimizer: { kind: "sgd" }, weights: Float32Array.of(1, 2, 3, 4, 5, 6),
 * });
 * const bags = jaggedFrom([[0, 2], []]);
 * const vectors = new Float32Array(4);
 * table.forward(bags, vectors);
 * [...vectors]; // => [3, 4, 0, 0]
 * table.apply(table.backward(bags, Float32Array.of(1, 0, 1, 1)), 1);
 * [...table.weights]; // => [0.5, 2, 3, 4, 4.5, 6]
 * ```
 */
export function floatTable(options: TrainableTableOptions): MasterTable {
  const { rows, cols, optimizerState, kernels = createKernels([reference]) } = options;
  const optimizer = createSparseOptimizer({
    ...options,
    kernels,
    ...(optimizerState === undefined ? {} : { state: optimizerState }),
  });
  const check = prepareBounds(rows, options.bounds ?? { mode: "fatal" });
  return placeFloat({ options, optimizer, check, kernels }, { stride: cols, offset: 0 });
}

interface FloatParts {
  readonly options: TrainableTableOptions;
  readonly optimizer: SparseOptimizer;
  readonly check: BoundsCheck;
  readonly kernels: Kernels;
}

function placeFloat(parts: FloatParts, { stride, offset }: Placement): MasterTable {
  const { options, optimizer, check, kernels } = parts;
  const { rows, cols, pooling, weights } = options;
  const gather = kernels.prepare("embeddingBag", { cols, pooling, stride, offset });
  const scatter = kernels.prepare("embeddingBagBackward", { cols, pooling, stride, offset });
  const rowGradient = createRowGradient(cols, 0);
  const lookup: MasterTable["lookup"] = (bags, dst) => {
    gather(weights, rows, check.check(bags), dst, 0, bags.offsets.length - 1);
  };
  return {
    rows,
    cols,
    pooling,
    weights,
    optimizerState: optimizer.state,
    lookup,
    forward: lookup,
    backward: (bags, gradient) => {
      scatter(gradient, rows, check.repair(bags), rowGradient);
      return rowGradient;
    },
    apply: (gradient, learningRate) => {
      optimizer.apply(gradient, learningRate);
    },
    reload: () => undefined,
    placed: (placement) => placeFloat(parts, placement),
  };
}
