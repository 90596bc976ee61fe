import { BLOCK_ROWS, createBlockRange } from "../format/block-range.ts";
import { createRowGradient, type RowGradient } from "../format/row-gradient.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import type { UpdateRowsSpec } from "../kernel/ops.ts";
import { rowStateLength } from "../plan/quantizer/table-state.ts";
import { createRandom } from "../random/random.ts";
import { scanRange } from "../reference/scan-range.ts";
import { HOSTILE_INDICES } from "./bags.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectClose, expectNumber, expectRefusal, watch } from "./expect.ts";
import { floatsFrom, guardedFloats, magnitudes, normals } from "./memory.ts";
import { optimizerLabel, OPTIMIZERS, updateBound } from "./optimizers.ts";
import { expectRangeInvariants } from "./range-absmax.ts";
import { referenceKernel } from "./reference-kernel.ts";

type UpdateCheck = Check<"updateRows">;

const ROWS = 37;

function rowGradient(cols: number, rows: readonly number[], values: Float32Array): RowGradient {
  const gradient = createRowGradient(cols, rows.length + 2);
  gradient.count = rows.length;
  gradient.rows.set(rows);
  gradient.values.set(values);
  return gradient;
}

/** Holds what becomes of w = [5, 1] with g = [3, 5] and a rate of 1/2. */
const KNOWN = [
  { optimizer: { kind: "sgd" }, weights: [3.5, -1.5], before: [], after: [] },
  // s = 16 and 36: 5 − 1.5/(4 + 1), 1 − 2.5/(6 + 1).
  {
    optimizer: { kind: "adagrad", epsilon: 1 },
    weights: [4.7, 1 - 2.5 / 7],
    before: [7, 11],
    after: [16, 36],
  },
  // s = 8 + (9 + 25)/2 = 25: 5 − 1.5/(5 + 1), 1 − 2.5/(5 + 1).
  {
    optimizer: { kind: "rowwise-adagrad", epsilon: 1 },
    weights: [4.75, 1 - 2.5 / 6],
    before: [8],
    after: [25],
  },
] as const;

function known({ after, before, weights }: (typeof KNOWN)[number]): UpdateCheck {
  return {
    name: "one row, worked out by hand",
    run(kernel) {
      const table = Float32Array.of(9, 9, 5, 1);
      const state = Float32Array.from([...before.map(() => 3), ...before]);
      const gradient = rowGradient(2, [1], Float32Array.of(3, 5));

      kernel(table, 2, state, gradient, 0.5, undefined, 0, 1);

      const expected = Float32Array.of(9, 9, ...weights);
      expectClose(table, expected, updateBound(Float32Array.of(9, 9, 5, 1), expected), "table");
      expectClose(state, [...before.map(() => 3), ...after], new Float32Array(state.length), "state");
    },
  };
}

function agrees(spec: UpdateRowsSpec, name: string, begin: number, end: number): UpdateCheck {
  return {
    name,
    run(kernel) {
      const { cols, optimizer } = spec;
      const gradient = rowGradient(cols, [7, 0, 36, 12, 5], normals(53, 5 * cols));
      const before = normals(54, ROWS * cols);
      const sums = magnitudes(normals(55, rowStateLength(optimizer, ROWS, cols)));
      const expected = before.slice();
      const expectedState = sums.slice();
      const defining = referenceKernel("updateRows", spec);
      defining(expected, ROWS, expectedState, gradient, 0.1, undefined, begin, end);
      const expectUnchanged = watch({ rows: gradient.rows, values: gradient.values });
      const table = guardedFloats(before.length);
      const state = guardedFloats(sums.length);
      table.view.set(before);
      state.view.set(sums);

      kernel(table.view, ROWS, state.view, gradient, 0.1, undefined, begin, end);

      const touched = (length: number): Float64Array => {
        const at = new Float64Array(length * ROWS);
        for (const row of gradient.rows.subarray(begin, end)) at.fill(1, row * length, (row + 1) * length);
        return at;
      };
      // What is not touched must not move at all.
      const weightBound = touched(cols).map((t, i) => t * updateBound(before, expected)[i]);
      const stateBound = touched(sums.length / ROWS).map((t, i) => t * updateBound(sums, expectedState)[i]);
      expectClose(table.view, expected, weightBound, "table");
      expectClose(state.view, expectedState, stateBound, "state");
      table.check();
      state.check();
      expectUnchanged();
    },
  };
}

function keepsRange({ cols, optimizer }: UpdateRowsSpec): UpdateCheck {
  return {
    name: "the range stays exact while peaks grow and shrink",
    run(kernel) {
      const rows = 2 * BLOCK_ROWS + 3;
      const table = normals(56, rows * cols);
      const state = new Float32Array(rowStateLength(optimizer, rows, cols));
      const range = createBlockRange(rows);
      scanRange(table, rows, cols, range);
      const random = createRandom({ seed: 57, stream: 0 });
      const query = referenceKernel("rangeAbsmax", { cols });
      for (let step = 0; step < 40; step++) {
        const peak = table.reduce((top, w, i) => (Math.abs(w) > Math.abs(table[top]) ? i : top), 0);
        const peakRow = Math.floor(peak / cols);
        const other = (peakRow + 1 + random.integer(rows - 1)) % rows;
        const direction = step % 3 === 2 ? -1 : 1;
        const values = floatsFrom(
          [peakRow, other].flatMap((row) => [
            ...table.subarray(row * cols, (row + 1) * cols).map((w) => direction * w),
          ]),
        );

        kernel(table, rows, state, rowGradient(cols, [peakRow, other], values), 0.5, range, 0, 2);

        expectRangeInvariants(table, rows, cols, range);
        if (step % 4 === 3) {
          const exact = table.reduce((top, w) => Math.max(top, Math.abs(w)), 0);
          expectNumber(query(table, rows, range), exact, "absmax");
        }
      }
    },
  };
}

function refusals({ cols, optimizer }: UpdateRowsSpec): readonly UpdateCheck[] {
  const state = (): Float32Array => new Float32Array(rowStateLength(optimizer, ROWS, cols)).fill(2);
  return [
    ...HOSTILE_INDICES.map((index): UpdateCheck => {
      return {
        name: `refuses row ${index} and changes nothing`,
        run(kernel) {
          const gradient = rowGradient(cols, [3, index], new Float32Array(2 * cols).fill(1));
          const table = new Float32Array(ROWS * cols).fill(1);
          const expectUnchanged = watch({ table });
          const call = (): void => {
            kernel(table, ROWS, state(), gradient, 0.1, undefined, 0, 2);
          };
          expectRefusal("INDEX_RANGE", call, { position: 1, index, rows: ROWS });
          expectUnchanged();
        },
      };
    }),
    ...[Number.NaN, -Infinity].map((value): UpdateCheck => {
      return {
        name: `refuses a gradient of ${value} and changes nothing`,
        run(kernel) {
          const table = new Float32Array(ROWS * cols).fill(1);
          const sums = state();
          const range = createBlockRange(ROWS);
          scanRange(table, ROWS, cols, range);
          const values = new Float32Array(3 * cols).fill(0.5);
          values[3 * cols - 1] = value;
          const expectUnchanged = watch({ table, sums, tree: range.tree, dirty: range.dirty });
          expectRefusal("NON_FINITE", () => {
            kernel(table, ROWS, sums, rowGradient(cols, [3, 1, 2], values), 0.1, range, 0, 3);
          });
          expectUnchanged();
        },
      };
    }),
    {
      name: "refuses an infinite learning rate and changes nothing",
      run(kernel) {
        const table = new Float32Array(ROWS * cols).fill(1);
        const sums = state();
        const expectUnchanged = watch({ table, sums });
        expectRefusal("VALUE", () => {
          const gradient = rowGradient(cols, [3], new Float32Array(cols).fill(1));
          kernel(table, ROWS, sums, gradient, Infinity, undefined, 0, 1);
        });
        expectUnchanged();
      },
    },
    {
      name: "refuses a table that is too short",
      run(kernel) {
        const gradient = rowGradient(cols, [3], new Float32Array(cols));
        expectRefusal("SHAPE", () => {
          kernel(new Float32Array(ROWS * cols - 1), ROWS, state(), gradient, 0.1, undefined, 0, 1);
        });
      },
    },
  ];
}

/** Yields the checks of updateRows. */
export function* updateRowsCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "updateRows";
  for (const example of KNOWN) {
    const { optimizer } = example;
    const label = optimizerLabel(optimizer);
    yield* opCases(backend, { op, spec: { cols: 2, optimizer }, label, checks: [known(example)] });
  }
  for (const optimizer of OPTIMIZERS) {
    for (const cols of [1, 3, 16, 17]) {
      const spec = { cols, optimizer };
      const checks = [
        agrees(spec, "five rows", 0, 5),
        agrees(spec, "a part of the rows leaves the rest untouched", 1, 3),
        keepsRange(spec),
        ...refusals(spec),
      ];
      yield* opCases(backend, { op, spec, label: `${optimizerLabel(optimizer)} cols=${cols}`, checks });
    }
  }
}
