import { rowBytes, type PackedRows, type RowFormat } from "../format/row-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import type { QuantizeSpec } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectNumber, expectRefusal, expectSame, watch } from "./expect.ts";
import { FORMATS } from "./formats.ts";
import { guardedBytes } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { QUANTIZED_ROWS, ROWS_TO_QUANTIZE } from "./rows-to-quantize.ts";

type QuantizeCheck = Check<"quantizeRows">;

const KEY = { seed: 21, stream: 3 } as const;

const factFormat: RowFormat = { bits: 4, cols: 5, scheme: "symmetric", granularity: { kind: "table" } };
const signFormat: RowFormat = { bits: 1, cols: 4, scheme: "symmetric", granularity: { kind: "table" } };
const upFormat: RowFormat = { bits: 4, cols: 4, scheme: "asymmetric", granularity: { kind: "row" } };
const zoneFormat: RowFormat = { bits: 3, cols: 8, scheme: "dead-zone", granularity: { kind: "table" } };
const logFormat: RowFormat = { ...zoneFormat, scheme: "dead-zone-log" };

function known(
  format: RowFormat,
  weights: readonly number[],
  bias: readonly number[],
  bytes: readonly number[],
  top = 2,
): QuantizeCheck {
  return {
    name: `[${weights.join(", ")}] with scale ${top}, worked out by hand`,
    run(kernel) {
      const codes = new Uint8Array(bytes.length);
      const scale = Float32Array.of(top);
      const dst: PackedRows = { format, rows: 1, codes, scale, bias: Float32Array.from(bias) };
      kernel(Float32Array.from(weights), dst, KEY, 0, 1);
      expectSame(codes, bytes, "codes");
    },
  };
}

// −5/2 → −2 → 6; 1/2 → 0 → 8; 3/2 → 2 → 10; 99 → 7 → 15; −∞ → −8 → 0.
const byHand = known(factFormat, [-5, 1, 3, 99, -Infinity], [], [0x86, 0xfa, 0x00]);
const signByHand = known(signFormat, [-0.1, 0, 3, -9], [], [0b0110]);
// (w − 10)/2: −1 → 0; 0.5 → 0; 1.5 → 2; 45 → 15.
const upByHand = known(upFormat, [8, 11, 13, 100], [10], [0x00, 0xf2]);

// Levels 2, 4, 6 from threshold 1; 3 and 5 are ties. Codes 4 5 3 3 6 7 1 4, low bits first.
const zoneByHand = known(
  zoneFormat,
  [0.999, 1, -2.9, -3, 5, 99, -Infinity, -0.5],
  [1],
  [0xec, 0xe6, 0x87],
  6,
);
// Levels 2, 8, 32 from threshold 1; 5 and 20 are ties. Codes 4 5 5 6 6 7 1 3, low bits first.
const logByHand = known(logFormat, [0, 5, 1, 5.001, 20, 21, -33, -1], [1], [0x6c, 0xed, 0x67], 32);

const badLevels = [Number.NaN, Infinity, -1].map((value): QuantizeCheck => {
  return {
    name: `refuses a threshold of ${value}`,
    run(kernel) {
      const packed = { format: zoneFormat, rows: 1, codes: new Uint8Array(3), scale: Float32Array.of(6) };
      expectRefusal("VALUE", () => {
        kernel(new Float32Array(8), { ...packed, bias: Float32Array.of(value) }, KEY, 0, 1);
      });
    },
  };
});

function agrees(spec: QuantizeSpec, what: string, begin: number, end: number): QuantizeCheck {
  const { format } = spec;
  return {
    name: end - begin === QUANTIZED_ROWS ? what : `rows [${begin}, ${end}) alone of ${what}`,
    run(kernel) {
      const { weights, scale, bias } = ROWS_TO_QUANTIZE[what](format);
      const bytes = QUANTIZED_ROWS * rowBytes(format);
      const expected = guardedBytes(bytes).view;
      const packed = { format, rows: QUANTIZED_ROWS, scale, bias };
      referenceKernel("quantizeRows", spec)(weights, { ...packed, codes: expected }, KEY, begin, end);
      const expectUnchanged = watch({ weights, scale, bias });
      const { check, view } = guardedBytes(bytes);

      kernel(weights, { ...packed, codes: view }, KEY, begin, end);

      expectSame(view, expected, "codes");
      check();
      expectUnchanged();
    },
  };
}

function refusesNaN(spec: QuantizeSpec): QuantizeCheck {
  const { format } = spec;
  return {
    name: "refuses a weight that is NaN",
    run(kernel) {
      const { weights, scale, bias } = ROWS_TO_QUANTIZE["random rows"](format);
      weights[3 * format.cols] = Number.NaN;
      const codes = new Uint8Array(QUANTIZED_ROWS * rowBytes(format));
      expectRefusal("NON_FINITE", () => {
        kernel(weights, { format, rows: QUANTIZED_ROWS, scale, bias, codes }, KEY, 0, QUANTIZED_ROWS);
      });
    },
  };
}

function refusesShort(spec: QuantizeSpec): QuantizeCheck {
  const { format } = spec;
  return {
    name: "refuses weights that are too short",
    run(kernel) {
      const { weights, scale, bias } = ROWS_TO_QUANTIZE["random rows"](format);
      const codes = new Uint8Array(QUANTIZED_ROWS * rowBytes(format));
      const packed = { format, rows: QUANTIZED_ROWS, scale, bias, codes };
      expectRefusal("SHAPE", () => {
        kernel(weights.subarray(1), packed, KEY, 0, QUANTIZED_ROWS);
      });
    },
  };
}

const DRAWS = 4096;
const unbiasedFormat: RowFormat = {
  bits: 8,
  cols: DRAWS,
  scheme: "symmetric",
  granularity: { kind: "table" },
};

const unbiased: QuantizeCheck = {
  name: "a quarter rounds up a quarter of the time",
  run(kernel) {
    const codes = new Uint8Array(DRAWS);
    const packed = { format: unbiasedFormat, rows: 1, codes, scale: Float32Array.of(1), bias: codes };
    kernel(new Float32Array(DRAWS).fill(0.25), { ...packed, bias: new Float32Array(0) }, KEY, 0, 1);
    const ups = codes.reduce((count, code) => count + (code === 129 ? 1 : 0), 0);
    const downs = codes.reduce((count, code) => count + (code === 128 ? 1 : 0), 0);
    expectNumber(ups + downs, DRAWS, "codes 128 and 129");
    // Five standard deviations of a binomial count.
    const allowed = 5 * Math.sqrt(DRAWS * 0.25 * 0.75);
    if (Math.abs(ups - DRAWS / 4) > allowed) {
      throw new Error(`${ups} of ${DRAWS} rounded up, expected ${DRAWS / 4} ± ${allowed}`);
    }
  },
};

const facts = [
  { spec: { format: factFormat, rounding: "nearest" }, label: "4 bit", checks: [byHand] },
  { spec: { format: signFormat, rounding: "nearest" }, label: "1 bit", checks: [signByHand] },
  { spec: { format: upFormat, rounding: "nearest" }, label: "4 bit asymmetric", checks: [upByHand] },
  {
    spec: { format: zoneFormat, rounding: "nearest" },
    label: "3 bit dead-zone",
    checks: [zoneByHand, ...badLevels],
  },
  { spec: { format: logFormat, rounding: "nearest" }, label: "3 bit dead-zone-log", checks: [logByHand] },
  { spec: { format: unbiasedFormat, rounding: "stochastic" }, label: "8 bit", checks: [unbiased] },
] as const;

/** Yields the checks of quantizeRows: codes compare bit for bit. */
export function* quantizeRowsCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "quantizeRows";
  for (const fact of facts) yield* opCases(backend, { op, ...fact });
  for (const { format, label } of FORMATS) {
    for (const rounding of ["nearest", "stochastic"] as const) {
      const spec: QuantizeSpec = { format, rounding };
      const checks = [
        ...Object.keys(ROWS_TO_QUANTIZE).map((what) => agrees(spec, what, 0, QUANTIZED_ROWS)),
        agrees(spec, "random rows", 2, 5),
        refusesNaN(spec),
        refusesShort(spec),
      ];
      yield* opCases(backend, { op, spec, label: `${rounding} ${label}`, checks });
    }
  }
}
