import { jaggedFrom } from "../format/jagged.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import type { BagSpec } from "../kernel/ops.ts";
import { bagChecks, placements } from "./bag-checks.ts";
import { BAG_ROWS } from "./bags.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, expectSame } from "./expect.ts";
import { floatsFrom, normals } from "./memory.ts";

const factSpec = { cols: 2, pooling: "mean", stride: 3, offset: 1 } as const;

const fact: Check<"embeddingBag"> = {
  name: "means of [1, 2], [3, 5] and nothing, worked out by hand",
  run(kernel) {
    const table = Float32Array.of(1, 2, 3, 5);
    const dst = new Float32Array(9).fill(9);
    const bags = { ...jaggedFrom([[0, 1], [], [1]]), weights: Float32Array.of(2, -1, 4) };

    kernel(table, 2, bags, dst, 0, 3);

    // (2·1 − 3)/2, (2·2 − 5)/2; an empty bag; 4·3, 4·5.
    expectSame(dst, [9, -0.5, -0.5, 9, 0, 0, 9, 12, 20], "dst");
  },
};

function moreChecks({ cols, stride }: BagSpec): readonly Check<"embeddingBag">[] {
  return [
    {
      name: "a NaN weight spoils its own bag only",
      run(kernel) {
        const table = normals(3, 3 * cols);
        table[cols] = Number.NaN;
        const dst = new Float32Array(2 * stride);
        kernel(table, 3, jaggedFrom([[0, 1], [2]]), dst, 0, 2);
        expectSame([dst.filter(Number.isNaN).length], [1], "count of NaN");
      },
    },
    {
      name: "refuses a table that is too short",
      run(kernel) {
        const dst = new Float32Array(stride);
        expectRefusal("SHAPE", () => {
          kernel(new Float32Array(3 * cols - 1), 3, jaggedFrom([[0]]), dst, 0, 1);
        });
      },
    },
  ];
}

/** Yields the checks of embeddingBag. */
export function* embeddingBagCases(backend: KernelBackend): Generator<ConformanceCase> {
  yield* opCases(backend, { op: "embeddingBag", spec: factSpec, label: "by hand", checks: [fact] });
  for (const cols of [1, 2, 3, 16, 17, 64]) {
    for (const placement of placements(cols)) {
      for (const pooling of ["sum", "mean"] as const) {
        const spec = { cols, pooling, ...placement };
        const label = `${pooling} cols=${cols} stride=${placement.stride}`;
        const checks = bagChecks({
          op: "embeddingBag",
          spec,
          placement,
          bind(kernel) {
            const table = floatsFrom(normals(1, BAG_ROWS * cols));
            return {
              inputs: { table },
              pool: (bags, dst, begin, end) => {
                kernel(table, BAG_ROWS, bags, dst, begin, end);
              },
            };
          },
        });
        yield* opCases(backend, {
          op: "embeddingBag",
          spec,
          label,
          checks: [...checks, ...moreChecks(spec)],
        });
      }
    }
  }
}
