import { bagCount, jaggedFrom, type Jagged } from "../format/jagged.ts";
import { createRowGradient } from "../format/row-gradient.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import type { BagSpec } from "../kernel/ops.ts";
import { placements } from "./bag-checks.ts";
import { BAG_ROWS, BAG_SHAPES, HOSTILE_INDICES, hostileBags, BROKEN_BAGS } from "./bags.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, watch } from "./expect.ts";
import { floatsFrom, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { expectRowGradient, usedRowGradient } from "./row-gradients.ts";

type BackwardCheck = Check<"embeddingBagBackward">;

const factSpec = { cols: 1, pooling: "mean", stride: 2, offset: 1 } as const;

const fact: BackwardCheck = {
  name: "rows 3 and 1 of two mean bags, worked out by hand",
  run(kernel) {
    const out = usedRowGradient(1, 1);

    kernel(Float32Array.of(9, 4, 9, 6), 5, jaggedFrom([[3, 1, 3, 3], [1]]), out);

    // 4/4 three times for row 3; 4/4 + 6/1 for row 1.
    const expected = { ...createRowGradient(1, 2), count: 2 };
    expected.rows.set([3, 1]);
    expected.values.set([3, 7]);
    expectRowGradient(out, expected);
  },
};

function agrees(spec: BagSpec, name: string, bags: Jagged): BackwardCheck {
  return {
    name,
    run(kernel) {
      const gradient = normals(4, bagCount(bags) * spec.stride);
      const expected = createRowGradient(spec.cols, 0);
      referenceKernel("embeddingBagBackward", spec)(gradient, BAG_ROWS, bags, expected);
      const { indices, offsets, weights = new Float32Array(0) } = bags;
      const expectUnchanged = watch({ gradient, indices, offsets, weights });
      const out = usedRowGradient(spec.cols, 2);

      kernel(gradient, BAG_ROWS, bags, out);
      kernel(gradient, BAG_ROWS, bags, out);

      expectRowGradient(out, expected);
      expectUnchanged();
    },
  };
}

function refusals({ cols, stride }: BagSpec): readonly BackwardCheck[] {
  const gradient = (bags: Jagged): Float32Array => floatsFrom(new Float32Array(bagCount(bags) * stride));
  return [
    ...HOSTILE_INDICES.map((index): BackwardCheck => {
      return {
        name: `refuses index ${index}`,
        run(kernel) {
          const bags = hostileBags(index);
          const call = (): void => {
            kernel(gradient(bags), BAG_ROWS, bags, createRowGradient(cols, 4));
          };
          expectRefusal("INDEX_RANGE", call, { position: 3, index, rows: BAG_ROWS });
        },
      };
    }),
    {
      name: "refuses a gradient that is too short",
      run(kernel) {
        const bags = jaggedFrom([[0], [1]]);
        expectRefusal("SHAPE", () => {
          kernel(gradient(bags).subarray(1), BAG_ROWS, bags, createRowGradient(cols, 4));
        });
      },
    },
    ...Object.entries(BROKEN_BAGS).map(([how, bags]): BackwardCheck => {
      return {
        name: `refuses offsets that ${how}`,
        run(kernel) {
          expectRefusal("VALUE", () => {
            kernel(gradient(bags), BAG_ROWS, bags, createRowGradient(cols, 4));
          });
        },
      };
    }),
  ];
}

/** Yields the checks of embeddingBagBackward; the order of its sums is in the contract, so they compare bit for bit. */
export function* embeddingBagBackwardCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "embeddingBagBackward";
  yield* opCases(backend, { op, spec: factSpec, label: "by hand", checks: [fact] });
  for (const cols of [1, 3, 16, 17]) {
    for (const placement of placements(cols)) {
      for (const pooling of ["sum", "mean"] as const) {
        const spec = { cols, pooling, ...placement };
        const label = `${pooling} cols=${cols} stride=${placement.stride}`;
        const shapes = Object.entries(BAG_SHAPES).map(([name, bags]) => agrees(spec, name, bags));
        yield* opCases(backend, { op, spec, label, checks: [...shapes, ...refusals(spec)] });
      }
    }
  }
}
