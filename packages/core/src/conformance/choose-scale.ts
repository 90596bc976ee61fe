import { hasBias, scaleCount, type RowFormat } from "../format/row-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, expectSame, watch } from "./expect.ts";
import { FORMATS } from "./formats.ts";
import { floatsFrom, guardedFloats, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

type ScaleCheck = Check<"chooseScale">;

const ROWS = 5;

interface KnownScale {
  readonly format: RowFormat;
  readonly weights: readonly number[];
  readonly scale: readonly number[];
  readonly bias: readonly number[];
}

const KNOWN: readonly KnownScale[] = [
  {
    format: { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } },
    weights: [1, -14, 3, 2],
    scale: [2],
    bias: [],
  },
  {
    format: { bits: 1, cols: 2, scheme: "symmetric", granularity: { kind: "row" } },
    weights: [1, -14, 3, 2],
    scale: [14, 3],
    bias: [],
  },
  {
    // 2^8 − 1 steps from −5 to 250, and a row without width.
    format: { bits: 8, cols: 2, scheme: "asymmetric", granularity: { kind: "row" } },
    weights: [250, -5, 3, 3],
    scale: [1, Math.fround(1e-8) / 255],
    bias: [-5, 3],
  },
  {
    // The top of a dead zone is the peak; its threshold is the caller's: guarded floats stay NaN.
    format: { bits: 4, cols: 2, scheme: "dead-zone", granularity: { kind: "row" } },
    weights: [1, -14, 0, 0],
    scale: [14, 1e-8],
    bias: [Number.NaN, Number.NaN],
  },
  {
    // The second group of each row has one column.
    format: { bits: 2, cols: 3, scheme: "symmetric", granularity: { kind: "group", groupCols: 2 } },
    weights: [1, -4, 0, 0.5, 0, -7],
    scale: [4, 1e-8, 0.5, 7],
    bias: [],
  },
];

function knownCheck({ bias, format, scale, weights }: KnownScale): ScaleCheck {
  return {
    name: `of [${weights.join(", ")}], worked out by hand`,
    run(kernel) {
      const actualScale = guardedFloats(scale.length).view;
      const actualBias = guardedFloats(bias.length).view;
      kernel(Float32Array.from(weights), actualScale, actualBias, 0, weights.length / format.cols);
      expectSame(actualScale, Float32Array.from(scale), "scale");
      expectSame(actualBias, Float32Array.from(bias), "bias");
    },
  };
}

interface Example {
  readonly name: string;
  readonly deviation: number;
  readonly begin: number;
  readonly end: number;
}

const EXAMPLES: readonly Example[] = [
  { name: "random rows", deviation: 1, begin: 0, end: ROWS },
  { name: "large weights", deviation: 1e30, begin: 0, end: ROWS },
  { name: "subnormal weights", deviation: 2 ** -130, begin: 0, end: ROWS },
  { name: "rows of zeros", deviation: 0, begin: 0, end: ROWS },
  { name: "rows [1, 3) alone", deviation: 1, begin: 1, end: 3 },
];

function agrees(format: RowFormat, { begin, deviation, end, name }: Example): ScaleCheck {
  return {
    name,
    run(kernel) {
      const src = normals(16, ROWS * format.cols, deviation);
      const scales = scaleCount(format, ROWS);
      const biases = hasBias(format.scheme) ? scales : 0;
      const expectedScale = guardedFloats(scales).view;
      const expectedBias = guardedFloats(biases).view;
      referenceKernel("chooseScale", format)(src, expectedScale, expectedBias, begin, end);
      const expectUnchanged = watch({ src });
      const scale = guardedFloats(scales);
      const bias = guardedFloats(biases);

      kernel(src, scale.view, bias.view, begin, end);

      expectSame(scale.view, expectedScale, "scale");
      expectSame(bias.view, expectedBias, "bias");
      scale.check();
      bias.check();
      expectUnchanged();
    },
  };
}

function refusals(format: RowFormat): readonly ScaleCheck[] {
  const scales = scaleCount(format, ROWS);
  const bad = [Number.NaN, Infinity, -Infinity].map((value): ScaleCheck => {
    return {
      name: `refuses a weight of ${value}`,
      run(kernel) {
        const src = floatsFrom(normals(17, ROWS * format.cols));
        src[3 * format.cols] = value;
        expectRefusal("NON_FINITE", () => {
          kernel(src, new Float32Array(scales), new Float32Array(scales), 0, ROWS);
        });
      },
    };
  });
  return [
    ...bad,
    {
      name: "refuses weights that are too short",
      run(kernel) {
        const src = new Float32Array(ROWS * format.cols - 1);
        expectRefusal("SHAPE", () => {
          kernel(src, new Float32Array(scales), new Float32Array(scales), 0, ROWS);
        });
      },
    },
  ];
}

/** Yields the checks of chooseScale: scales and biases compare bit for bit. */
export function* chooseScaleCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "chooseScale";
  for (const known of KNOWN) {
    yield* opCases(backend, { op, spec: known.format, label: "by hand", checks: [knownCheck(known)] });
  }
  for (const { format, label } of FORMATS) {
    const checks = [...EXAMPLES.map((example) => agrees(format, example)), ...refusals(format)];
    yield* opCases(backend, { op, spec: format, label, checks });
  }
}
