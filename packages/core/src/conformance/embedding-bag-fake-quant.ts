import { bagCount, jaggedFrom } from "../format/jagged.ts";
import type { RowFormat } from "../format/row-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import type { FakeQuantBagSpec } from "../kernel/ops.ts";
import { bagChecks, placements } from "./bag-checks.ts";
import { BAG_ROWS, BAG_SHAPES } from "./bags.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, expectSame } from "./expect.ts";
import { BAG_FORMATS, packedFrom } from "./formats.ts";
import { guardedFloats, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

const factSpec: FakeQuantBagSpec = {
  bits: 4,
  cols: 2,
  granularity: { kind: "table" },
  pooling: "sum",
  stride: 2,
  offset: 0,
};

const fact: Check<"embeddingBagFakeQuant"> = {
  name: "rows are rounded before they are added, worked out by hand",
  run(kernel) {
    const dst = new Float32Array(2);

    kernel(
      Float32Array.of(0.4, 1.5, 0.4, 9, 0.4, -20),
      3,
      Float32Array.of(1),
      jaggedFrom([[0, 1, 2]]),
      dst,
      0,
      1,
    );

    // 0.4 rounds to 0 three times, though 1.2 would round to 1; 1.5 → 2, 9 → 7, −20 → −8.
    expectSame(dst, [0, 1], "dst");
  },
};

function equalsPacked(backend: KernelBackend, spec: FakeQuantBagSpec): Check<"embeddingBagFakeQuant"> {
  const { bits, cols, granularity, pooling, stride, offset } = spec;
  const format: RowFormat = { bits, cols, scheme: "symmetric", granularity };
  const packedSpec = { format, pooling, stride, offset };
  return {
    name: "equals the pooling of packed rows bit for bit",
    run(kernel) {
      const table = normals(5, BAG_ROWS * cols);
      const packed = packedFrom(format, BAG_ROWS, table);
      const bags = BAG_SHAPES["weighted bags"];
      const length = bagCount(bags) * stride;
      const actual = guardedFloats(length).view;
      const expected = guardedFloats(length).view;
      const pool =
        backend.ops.embeddingBagPacked?.(packedSpec) ?? referenceKernel("embeddingBagPacked", packedSpec);

      kernel(table, BAG_ROWS, packed.scale, bags, actual, 0, bagCount(bags));
      pool(packed, bags, expected, 0, bagCount(bags));

      expectSame(actual, expected, "dst");
    },
  };
}

function refusesNaN({ cols, stride }: FakeQuantBagSpec): Check<"embeddingBagFakeQuant"> {
  return {
    name: "refuses a weight that is NaN when it is read, and only then",
    run(kernel) {
      const table = normals(3, 3 * cols);
      table[2 * cols] = Number.NaN;
      const dst = new Float32Array(stride);
      const scale = Float32Array.of(1);
      kernel(table, 3, scale, jaggedFrom([[0, 1]]), dst, 0, 1);
      expectRefusal("NON_FINITE", () => {
        kernel(table, 3, scale, jaggedFrom([[0, 2]]), dst, 0, 1);
      });
    },
  };
}

/** Yields the checks of embeddingBagFakeQuant. */
export function* embeddingBagFakeQuantCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "embeddingBagFakeQuant";
  yield* opCases(backend, { op, spec: factSpec, label: "by hand", checks: [fact] });
  for (const { format, label } of BAG_FORMATS) {
    if (format.scheme !== "symmetric") continue;
    const { bits, cols, granularity } = format;
    for (const pooling of ["sum", "mean"] as const) {
      const placement = placements(cols)[pooling === "sum" ? 1 : 0];
      const spec = { bits, cols, granularity, pooling, ...placement };
      const checks = bagChecks({
        op,
        spec,
        placement,
        bind(kernel) {
          const table = normals(1, BAG_ROWS * cols);
          // Smaller than the peak asks for, so that some weights saturate.
          const scale = Float32Array.of(1.5 / 2 ** (bits - 1));
          return {
            inputs: { table, scale },
            pool: (bags, dst, begin, end) => {
              kernel(table, BAG_ROWS, scale, bags, dst, begin, end);
            },
          };
        },
      });
      const extra = [equalsPacked(backend, spec), refusesNaN(spec)];
      yield* opCases(backend, { op, spec, label: `${pooling} ${label}`, checks: [...checks, ...extra] });
    }
  }
}
