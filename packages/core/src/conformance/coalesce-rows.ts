import { createRowGradient } from "../format/row-gradient.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, watch } from "./expect.ts";
import { normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { expectRowGradient, usedRowGradient } from "./row-gradients.ts";

const ROW_LISTS: Readonly<Record<string, readonly number[]>> = {
  "no rows": [],
  "one row": [4],
  "one row many times": new Array<number>(50).fill(4),
  "rows in falling order, each twice": [9, 9, 7, 7, 1, 1, 0, 0],
  "rows that only differ in their high bits": [1, 1 + 2 ** 16, 1 + 2 ** 24, 1 + 2 ** 30, 1, 1 + 2 ** 24],
  "more rows than there was room for": Array.from({ length: 333 }, (_, i) => (i * 7919) % 101),
};

const fact: Check<"coalesceRows"> = {
  name: "rows 8, 2, 8 of which only `count` counts, worked out by hand",
  run(kernel) {
    const out = usedRowGradient(2, 1);

    kernel(Int32Array.of(8, 2, 8, 8), Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 3, out);

    const expected = { ...createRowGradient(2, 2), count: 2 };
    expected.rows.set([8, 2]);
    expected.values.set([6, 8, 3, 4]);
    expectRowGradient(out, expected);
  },
};

function agrees(cols: number, name: string, list: readonly number[]): Check<"coalesceRows"> {
  return {
    name,
    run(kernel) {
      const rows = Int32Array.from(list);
      const values = normals(6, list.length * cols);
      const expected = createRowGradient(cols, 0);
      referenceKernel("coalesceRows", { cols })(rows, values, list.length, expected);
      const expectUnchanged = watch({ rows, values });
      const out = usedRowGradient(cols, 2);

      kernel(rows, values, list.length, out);
      kernel(rows, values, list.length, out);

      expectRowGradient(out, expected);
      expectUnchanged();
    },
  };
}

function refusesShort(cols: number): readonly Check<"coalesceRows">[] {
  return [
    {
      name: "refuses values that are too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(Int32Array.of(1, 2), new Float32Array(2 * cols - 1), 2, createRowGradient(cols, 2));
        });
      },
    },
    {
      name: "refuses rows that are too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(Int32Array.of(1), new Float32Array(2 * cols), 2, createRowGradient(cols, 2));
        });
      },
    },
  ];
}

/** Yields the checks of coalesceRows. */
export function* coalesceRowsCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "coalesceRows";
  yield* opCases(backend, { op, spec: { cols: 2 }, label: "by hand", checks: [fact] });
  for (const cols of [1, 3, 16, 17]) {
    const lists = Object.entries(ROW_LISTS).map(([name, list]) => agrees(cols, name, list));
    const checks = [...lists, ...refusesShort(cols)];
    yield* opCases(backend, { op, spec: { cols }, label: `cols=${cols}`, checks });
  }
}
