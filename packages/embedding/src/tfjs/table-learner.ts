import { customGrad, engine, scalar, tensor, type Tensor } from "@tensorflow/tfjs-core";
import type { Jagged, RowGradient } from "@dqrm/core";
import type { MasterTable } from "../table.ts";
import { bagsOfPadded, readNow, type PaddedBags } from "./bags-of-tensors.ts";

/** One use of the table in a forward pass, and what came back for it. */
interface TableUse {
  readonly order: number;
  readonly bags: Jagged;
  readonly gradient: Float32Array;
}

/** Joins a table that learns to the tape of TensorFlow.js; only the rows that a batch names cross. */
export interface TableLearner {
  /** Looks bags up; `anchor` is the scalar variable through which gradients find their way here. */
  embed(anchor: Tensor, indices: Tensor, weights: Tensor | undefined): Tensor;
  /** Sums the gradients of all uses since the last update, and forgets the uses; valid until the next call. */
  take(): RowGradient | undefined;
  /** Updates the touched rows by the gradients of all uses since the last update. */
  apply(learningRate: number): void;
  /** Forgets those gradients. */
  clear(): void;
}

/**
 * Creates the learner of a table.
 *
 * A table is no variable of TensorFlow.js, and a gradient function runs only where a variable is behind it. A scalar that
 * is always zero is that variable: its own gradient is zero, and on the way to it the gradient of the vectors is kept.
 */
export function createTableLearner(table: () => MasterTable): TableLearner {
  let uses: TableUse[] = [];
  let order = 0;

  const embed: TableLearner["embed"] = (anchor, indices, weights) => {
    const now = table();
    const [count, places = 1] = indices.shape;
    const values = weights === undefined ? undefined : readNow(weights);
    const padded = bagsOfPadded(readNow(indices), [count, places], values);
    const vectors = new Float32Array(count * now.cols);
    if (engine().isTapeOn()) now.forward(padded.bags, vectors);
    else now.lookup(padded.bags, vectors);
    const use = order++;
    const keepGradient = customGrad(() => ({
      value: tensor(vectors, [count, now.cols]),
      gradFunc: (dy: Tensor) => {
        const gradient = Float32Array.from(readNow(dy));
        uses.push({ order: use, bags: padded.bags, gradient });
        if (weights === undefined) return scalar(0);
        return [scalar(0), tensor(weightGradient(now, padded, gradient, indices.size), weights.shape)];
      },
    }));
    return weights === undefined ? keepGradient(anchor) : keepGradient(anchor, weights);
  };

  const take = (): RowGradient | undefined => {
    if (uses.length === 0) return undefined;
    // Gradients arrive last use first; sums of rows that several uses share are taken in the order of the forward pass.
    const { bags, gradient } = joinUses(uses.sort((a, b) => a.order - b.order));
    uses = [];
    return table().backward(bags, gradient);
  };

  return {
    embed,
    take,
    apply(learningRate) {
      const gradient = take();
      if (gradient !== undefined) table().apply(gradient, learningRate);
    },
    clear() {
      uses = [];
    },
  };
}

function joinUses(uses: readonly TableUse[]): Omit<TableUse, "order"> {
  if (uses.length === 1) return uses[0];
  const indices = new Int32Array(uses.reduce((sum, { bags }) => sum + bags.indices.length, 0));
  const weights = new Float32Array(indices.length).fill(1);
  const offsets = new Int32Array(uses.reduce((sum, { bags }) => sum + bags.offsets.length - 1, 1));
  const gradient = new Float32Array(uses.reduce((sum, use) => sum + use.gradient.length, 0));
  let [first, bag, at] = [0, 0, 0];
  for (const use of uses) {
    indices.set(use.bags.indices, first);
    if (use.bags.weights !== undefined) weights.set(use.bags.weights, first);
    gradient.set(use.gradient, at);
    for (const offset of use.bags.offsets) offsets[bag++] = first + offset;
    bag -= 1;
    first += use.bags.indices.length;
    at += use.gradient.length;
  }
  const weighted = uses.some(({ bags }) => bags.weights !== undefined);
  return { bags: { indices, offsets, ...(weighted ? { weights } : {}) }, gradient };
}

/** The gradient of a weight is the product of its row, as the forward pass saw it, and the gradient of its bag. */
function weightGradient(
  table: MasterTable,
  { bags, positions }: PaddedBags,
  gradient: Float32Array,
  length: number,
): Float32Array {
  const { cols, pooling } = table;
  const { indices, offsets } = bags;
  const rows = new Float32Array(indices.length * cols);
  const singles = { indices, offsets: Int32Array.from({ length: indices.length + 1 }, (_, i) => i) };
  table.lookup(singles, rows);
  const dst = new Float32Array(length);
  for (let bag = 0; bag + 1 < offsets.length; bag++) {
    const share = pooling === "mean" ? offsets[bag + 1] - offsets[bag] : 1;
    for (let i = offsets[bag]; i < offsets[bag + 1]; i++) {
      let sum = 0;
      for (let col = 0; col < cols; col++) sum += rows[i * cols + col] * gradient[bag * cols + col];
      dst[positions[i]] = sum / share;
    }
  }
  return dst;
}
