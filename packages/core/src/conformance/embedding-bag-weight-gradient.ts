import { bagCount, jaggedFrom, type Jagged } from "../format/jagged.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import type { BagSpec } from "../kernel/ops.ts";
import { placements } from "./bag-checks.ts";
import { BAG_ROWS, BAG_SHAPES, HOSTILE_INDICES, hostileBags, PARTED_BAGS } from "./bags.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { EPSILON, expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedFloats, magnitudes, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

type GradientCheck = Check<"embeddingBagWeightGradient">;

const OP = "embeddingBagWeightGradient";
const factSpec: BagSpec = { cols: 2, pooling: "sum", stride: 3, offset: 1 };

const fact: GradientCheck = {
  name: "two bags, worked out by hand",
  run(kernel) {
    const dst = new Float32Array(3);

    kernel(
      Float32Array.of(9, 1, 2, 9, 3, 4),
      Float32Array.of(1, 10, 5, 7),
      2,
      jaggedFrom([[0, 1], [0]]),
      dst,
      0,
      2,
    );

    expectSame(dst, [21, 19, 43], "dst");
  },
};

function agrees(spec: BagSpec, name: string, bags: Jagged, begin: number, end: number): GradientCheck {
  return {
    name,
    run(kernel) {
      const { cols, stride } = spec;
      const gradient = normals(7, bagCount(bags) * stride);
      const table = normals(8, BAG_ROWS * cols);
      const { indices, offsets } = bags;
      const expected = guardedFloats(indices.length).view;
      const bound = new Float32Array(indices.length);
      const defining = referenceKernel(OP, spec);
      defining(gradient, table, BAG_ROWS, bags, expected, begin, end);
      defining(magnitudes(gradient), magnitudes(table), BAG_ROWS, bags, bound, begin, end);
      const expectUnchanged = watch({ gradient, table, indices, offsets });
      const { check, view } = guardedFloats(indices.length);

      kernel(gradient, table, BAG_ROWS, bags, view, begin, end);

      const allowed = bound.map((sum) => (cols + 1) * EPSILON * sum);
      expectClose(view, expected, allowed, "dst");
      check();
      expectUnchanged();
    },
  };
}

function refusals({ cols, stride }: BagSpec): readonly GradientCheck[] {
  const table = new Float32Array(BAG_ROWS * cols);
  return [
    ...HOSTILE_INDICES.map((index): GradientCheck => {
      return {
        name: `refuses index ${index}`,
        run(kernel) {
          const bags = hostileBags(index);
          const call = (): void => {
            kernel(new Float32Array(3 * stride), table, BAG_ROWS, bags, new Float32Array(4), 0, 3);
          };
          expectRefusal("INDEX_RANGE", call, { position: 3, index, rows: BAG_ROWS });
        },
      };
    }),
    {
      name: "refuses a result that is too short",
      run(kernel) {
        const bags = jaggedFrom([[0, 1]]);
        expectRefusal("SHAPE", () => {
          kernel(new Float32Array(stride), table, BAG_ROWS, bags, new Float32Array(1), 0, 1);
        });
      },
    },
  ];
}

/** Yields the checks of embeddingBagWeightGradient; a dot product of n terms may err by n·ε·Σ|term|. */
export function* embeddingBagWeightGradientCases(backend: KernelBackend): Generator<ConformanceCase> {
  yield* opCases(backend, { op: OP, spec: factSpec, label: "by hand", checks: [fact] });
  for (const cols of [1, 3, 16, 17]) {
    for (const [k, placement] of placements(cols).entries()) {
      const pooling = k === 0 ? "sum" : "mean";
      const spec: BagSpec = { cols, pooling, ...placement };
      const label = `${pooling} cols=${cols} stride=${placement.stride}`;
      const shapes = Object.entries(BAG_SHAPES).map(([name, bags]) =>
        agrees(spec, name, bags, 0, bagCount(bags)),
      );
      const part = agrees(spec, "a part of the bags leaves the rest untouched", PARTED_BAGS, 2, 4);
      yield* opCases(backend, { op: OP, spec, label, checks: [...shapes, part, ...refusals(spec)] });
    }
  }
}
