import { jaggedFrom } from "../format/jagged.ts";
import type { PackedRows, RowFormat } from "../format/row-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { bagChecks, placements } from "./bag-checks.ts";
import { BAG_ROWS } from "./bags.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, expectSame } from "./expect.ts";
import { BAG_FORMATS, packedNormals } from "./formats.ts";

const factFormat: RowFormat = { bits: 4, cols: 3, scheme: "symmetric", granularity: { kind: "table" } };

const fact: Check<"embeddingBagPacked"> = {
  name: "codes [9, 7, 8] and [15, 0, 10] of scale 0.5, worked out by hand",
  run(kernel) {
    const table: PackedRows = {
      format: factFormat,
      rows: 2,
      codes: Uint8Array.of(0x79, 0x08, 0x0f, 0x0a),
      scale: Float32Array.of(0.5),
      bias: new Float32Array(0),
    };
    const dst = new Float32Array(6);

    kernel(table, jaggedFrom([[0, 1, 1], []]), dst, 0, 2);

    // Row 0 is [0.5, −0.5, 0], row 1 is [3.5, −4, 1].
    expectSame(dst, [7.5, -8.5, 2, 0, 0, 0], "dst");
  },
};

function refusesShortCodes(format: RowFormat, stride: number): Check<"embeddingBagPacked"> {
  return {
    name: "refuses codes that are too short",
    run(kernel) {
      const table = packedNormals(format, 3, 2);
      const short = { ...table, codes: table.codes.subarray(1) };
      expectRefusal("SHAPE", () => {
        kernel(short, jaggedFrom([[0]]), new Float32Array(stride), 0, 1);
      });
    },
  };
}

/** Yields the checks of embeddingBagPacked. */
export function* embeddingBagPackedCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "embeddingBagPacked";
  const factSpec = { format: factFormat, pooling: "sum", stride: 3, offset: 0 } as const;
  yield* opCases(backend, { op, spec: factSpec, label: "by hand", checks: [fact] });
  for (const { format, label } of BAG_FORMATS) {
    for (const pooling of ["sum", "mean"] as const) {
      const placement = placements(format.cols)[pooling === "sum" ? 0 : 1];
      const spec = { format, pooling, ...placement };
      const checks = bagChecks({
        op,
        spec,
        placement,
        bind(kernel) {
          const table = packedNormals(format, BAG_ROWS, 1);
          return {
            inputs: { codes: table.codes, scale: table.scale, bias: table.bias },
            pool: (bags, dst, begin, end) => {
              kernel(table, bags, dst, begin, end);
            },
          };
        },
      });
      const short = refusesShortCodes(format, placement.stride);
      yield* opCases(backend, { op, spec, label: `${pooling} ${label}`, checks: [...checks, short] });
    }
  }
}
