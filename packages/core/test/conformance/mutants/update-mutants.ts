import { createBlockRange, scanRange, setBlockPeak, type BlockRange } from "../../../src/index.ts";
import { correct, type Mutant } from "./mutant.ts";

/** Copies a range, so that the correct kernel may spoil the copy. */
const copyOf = ({ leaves, tree, dirty }: BlockRange): BlockRange => ({
  leaves,
  tree: tree.slice(),
  dirty: dirty.slice(),
});

export const updateMutants: readonly Mutant[] = [
  {
    name: "adds epsilon inside the root",
    ops: {
      updateRows: (spec) => (table, rows, state, gradient, rate, range, begin, end) => {
        const { cols, optimizer } = spec;
        const before = table.slice();
        correct("updateRows", spec)(table, rows, state, gradient, rate, range, begin, end);
        if (optimizer.kind !== "adagrad") return;
        for (let k = begin; k < end; k++) {
          for (let c = 0; c < cols; c++) {
            const i = gradient.rows[k] * cols + c;
            const step = gradient.values[k * cols + c] / Math.sqrt(state[i] + optimizer.epsilon);
            table[i] = before[i] - rate * step;
          }
        }
      },
    },
  },
  {
    name: "sums the squares of a row where the mean is meant",
    ops: {
      updateRows: (spec) => (table, rows, state, gradient, rate, range, begin, end) => {
        const before = state.slice();
        correct("updateRows", spec)(table, rows, state, gradient, rate, range, begin, end);
        if (spec.optimizer.kind !== "rowwise-adagrad") return;
        for (let row = 0; row < rows; row++)
          state[row] = before[row] + spec.cols * (state[row] - before[row]);
      },
    },
  },
  {
    name: "does not lower the range after a shrink",
    ops: {
      updateRows: (spec) => (table, rows, state, gradient, rate, range, begin, end) => {
        const kept = range === undefined ? undefined : copyOf(range);
        correct("updateRows", spec)(table, rows, state, gradient, rate, kept, begin, end);
        if (range === undefined || kept === undefined) return;
        range.dirty.forEach((_, block) => {
          const peak = Math.max(range.tree[range.leaves + block], kept.tree[kept.leaves + block]);
          setBlockPeak(range, block, peak);
        });
      },
    },
  },
  {
    name: "does not follow a peak that grows",
    ops: {
      updateRows: (spec) => (table, rows, state, gradient, rate, range, begin, end) => {
        correct("updateRows", spec)(table, rows, state, gradient, rate, undefined, begin, end);
        range?.dirty.fill(1);
      },
    },
  },
  {
    name: "repairs the leaf and forgets the nodes above",
    ops: {
      updateRows: (spec) => (table, rows, state, gradient, rate, range, begin, end) => {
        correct("updateRows", spec)(table, rows, state, gradient, rate, undefined, begin, end);
        if (range === undefined) return;
        const exact = createBlockRange(rows);
        scanRange(table, rows, spec.cols, exact);
        range.tree.set(exact.tree.subarray(exact.leaves), range.leaves);
      },
    },
  },
  {
    name: "applies the rows before a NaN",
    ops: {
      updateRows: (spec) => (table, rows, state, gradient, rate, range, begin, end) => {
        for (let k = begin; k < end; k++) {
          correct("updateRows", spec)(table, rows, state, gradient, rate, range, k, k + 1);
        }
      },
    },
  },
  {
    name: "ignores begin and end of an update",
    ops: {
      updateRows: (spec) => (table, rows, state, gradient, rate, range) => {
        correct("updateRows", spec)(table, rows, state, gradient, rate, range, 0, gradient.count);
      },
    },
  },
  {
    name: "decays every row",
    ops: {
      updateRows: (spec) => (table, rows, state, gradient, rate, range, begin, end) => {
        correct("updateRows", spec)(table, rows, state, gradient, rate, range, begin, end);
        table[0] *= 1 - 2 ** -20;
      },
    },
  },
  {
    name: "climbs instead of descending",
    ops: {
      updateDense: (spec) => (weight, gradient, state, rate, begin, end) => {
        correct("updateDense", spec)(weight, gradient, state, -rate, begin, end);
      },
    },
  },
  {
    name: "takes a root of the state before the gradient is added",
    ops: {
      updateDense: (spec) => (weight, gradient, state, rate, begin, end) => {
        const { optimizer } = spec;
        const before = [weight.slice(), state.slice()];
        correct("updateDense", spec)(weight, gradient, state, rate, begin, end);
        for (let i = begin; i < end && optimizer.kind !== "sgd"; i++) {
          weight[i] = before[0][i] - (rate * gradient[i]) / (Math.sqrt(before[1][i]) + optimizer.epsilon);
        }
      },
    },
  },
  {
    name: "updates the whole parameter",
    ops: {
      updateDense: (spec) => (weight, gradient, state, rate) => {
        correct("updateDense", spec)(weight, gradient, state, rate, 0, weight.length);
      },
    },
  },
  {
    name: "applies the elements before a NaN",
    ops: {
      updateDense: (spec) => (weight, gradient, state, rate, begin, end) => {
        for (let i = begin; i < end; i++)
          correct("updateDense", spec)(weight, gradient, state, rate, i, i + 1);
      },
    },
  },
];
