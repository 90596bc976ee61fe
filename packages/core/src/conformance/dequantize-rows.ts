import type { PackedRows, RowFormat } from "../format/row-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, expectSame, watch } from "./expect.ts";
import { FORMATS, packedNormals } from "./formats.ts";
import { guardedFloats } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

type DequantizeCheck = Check<"dequantizeRows">;

const ROWS = 5;

interface KnownPacked {
  readonly packed: PackedRows;
  readonly weights: readonly number[];
}

const table: RowFormat = { bits: 4, cols: 3, scheme: "symmetric", granularity: { kind: "table" } };
const sign: RowFormat = { bits: 1, cols: 3, scheme: "symmetric", granularity: { kind: "row" } };
const group: RowFormat = {
  bits: 2,
  cols: 3,
  scheme: "asymmetric",
  granularity: { kind: "group", groupCols: 2 },
};
const zone: RowFormat = { bits: 3, cols: 8, scheme: "dead-zone", granularity: { kind: "table" } };
const none = new Float32Array(0);

const KNOWN: readonly KnownPacked[] = [
  {
    packed: {
      format: table,
      rows: 1,
      codes: Uint8Array.of(0xf0, 0x09),
      scale: Float32Array.of(0.25),
      bias: none,
    },
    weights: [-2, 1.75, 0.25],
  },
  {
    packed: {
      format: sign,
      rows: 2,
      codes: Uint8Array.of(0b101, 0b010),
      scale: Float32Array.of(2, 3),
      bias: none,
    },
    weights: [2, -2, 2, -3, 3, -3],
  },
  {
    // Codes 3, 0, 2: two of scale 1 from −1, one of scale 10 from 5.
    packed: {
      format: group,
      rows: 1,
      codes: Uint8Array.of(0b100011),
      scale: Float32Array.of(1, 10),
      bias: Float32Array.of(-1, 5),
    },
    weights: [2, -1, 25],
  },
  {
    // Codes 0 to 7 of levels 2, 4, 6; code 0 repeats the lowest level.
    packed: {
      format: zone,
      rows: 1,
      codes: Uint8Array.of(0x88, 0xc6, 0xfa),
      scale: Float32Array.of(6),
      bias: Float32Array.of(1),
    },
    weights: [-6, -6, -4, -2, 0, 2, 4, 6],
  },
  {
    // The bits of a float from 1 to 6 in fifths: 2^0.5 by a straight line is 1.5, 2^1.5 is 3.
    packed: {
      format: { ...zone, scheme: "dead-zone-log" },
      rows: 1,
      codes: Uint8Array.of(0x88, 0xc6, 0xfa),
      scale: Float32Array.of(6),
      bias: Float32Array.of(1),
    },
    weights: [-6, -6, -3, -1.5, 0, 1.5, 3, 6],
  },
  {
    // A threshold above the top takes its place; one that is no number gives none.
    packed: {
      format: { ...zone, bits: 2, cols: 3, granularity: { kind: "row" } },
      rows: 2,
      codes: Uint8Array.of(0b111001, 0b111001),
      scale: Float32Array.of(1, 1),
      bias: Float32Array.of(2, -1),
    },
    weights: [-2, 0, 2, Number.NaN, Number.NaN, Number.NaN],
  },
];

function agrees(format: RowFormat, name: string, begin: number, end: number): DequantizeCheck {
  return {
    name,
    run(kernel) {
      const packed = packedNormals(format, ROWS, 15);
      const expected = guardedFloats(ROWS * format.cols).view;
      referenceKernel("dequantizeRows", format)(packed, expected, begin, end);
      const expectUnchanged = watch({ codes: packed.codes, scale: packed.scale, bias: packed.bias });
      const { check, view } = guardedFloats(ROWS * format.cols);

      kernel(packed, view, begin, end);

      expectSame(view, expected, "dst");
      check();
      expectUnchanged();
    },
  };
}

function refusesShort(format: RowFormat): readonly DequantizeCheck[] {
  return [
    {
      name: "refuses rows of another format",
      run(kernel) {
        const other = { ...format, cols: format.cols + 1 };
        expectRefusal("VALUE", () => {
          kernel(packedNormals(other, ROWS, 15), new Float32Array(ROWS * other.cols), 0, ROWS);
        });
      },
    },
    {
      name: "refuses a result that is too short",
      run(kernel) {
        const packed = packedNormals(format, ROWS, 15);
        expectRefusal("SHAPE", () => {
          kernel(packed, new Float32Array(ROWS * format.cols - 1), 0, ROWS);
        });
      },
    },
    {
      name: "refuses codes that are too short",
      run(kernel) {
        const packed = packedNormals(format, ROWS, 15);
        expectRefusal("SHAPE", () => {
          kernel(
            { ...packed, codes: packed.codes.subarray(1) },
            new Float32Array(ROWS * format.cols),
            0,
            ROWS,
          );
        });
      },
    },
  ];
}

/** Yields the checks of dequantizeRows; every rounding is in its contract, so weights compare bit for bit. */
export function* dequantizeRowsCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "dequantizeRows";
  for (const { packed, weights } of KNOWN) {
    const known: DequantizeCheck = {
      name: `[${weights.join(", ")}], worked out by hand`,
      run(kernel) {
        const dst = guardedFloats(weights.length).view;
        kernel(packed, dst, 0, packed.rows);
        expectSame(dst, weights, "dst");
      },
    };
    yield* opCases(backend, { op, spec: packed.format, label: "known rows", checks: [known] });
  }
  for (const { format, label } of FORMATS) {
    const checks = [
      agrees(format, "random rows", 0, ROWS),
      agrees(format, "a part of the rows leaves the rest untouched", 1, 4),
      ...refusesShort(format),
    ];
    yield* opCases(backend, { op, spec: format, label, checks });
  }
}
