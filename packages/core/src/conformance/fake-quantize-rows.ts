import { allocateRows, type RowFormat } from "../format/row-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, expectSame, watch } from "./expect.ts";
import { FORMATS } from "./formats.ts";
import { guardedFloats } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { QUANTIZED_ROWS, ROWS_TO_QUANTIZE, type RowsToQuantize } from "./rows-to-quantize.ts";

type FakeQuantizeCheck = Check<"fakeQuantizeRows">;

const factFormat: RowFormat = { bits: 3, cols: 6, scheme: "symmetric", granularity: { kind: "table" } };

const fact: FakeQuantizeCheck = {
  name: "3 bits of scale 2, worked out by hand",
  run(kernel) {
    const dst = guardedFloats(6).view;

    kernel(Float32Array.of(1, 3, -5, 99, -99, 0.9), Float32Array.of(2), new Float32Array(0), dst, 0, 1);

    expectSame(dst, [0, 4, -4, 6, -8, 0], "dst");
  },
};

const zoneFormat: RowFormat = { ...factFormat, scheme: "dead-zone" };

const zoneFacts: readonly FakeQuantizeCheck[] = [
  {
    name: "levels 2, 4, 6 from threshold 1, worked out by hand",
    run(kernel) {
      const dst = guardedFloats(6).view;

      kernel(Float32Array.of(0.9, -1, 3, -3.1, 7, -0.9), Float32Array.of(6), Float32Array.of(1), dst, 0, 1);

      expectSame(dst, [0, -2, 2, -4, 6, 0], "dst");
    },
  },
  {
    name: "refuses a negative top",
    run(kernel) {
      expectRefusal("VALUE", () => {
        kernel(new Float32Array(6), Float32Array.of(-6), Float32Array.of(1), new Float32Array(6), 0, 1);
      });
    },
  },
];

/** Quantizes and dequantizes by the two ops that define it. */
function roundTrip(format: RowFormat, { bias, scale, weights }: RowsToQuantize, dst: Float32Array): void {
  const packed = allocateRows(format, QUANTIZED_ROWS);
  packed.scale.set(scale);
  packed.bias.set(bias);
  const quantize = referenceKernel("quantizeRows", { format, rounding: "nearest" });
  quantize(weights, packed, { seed: 0, stream: 0 }, 0, QUANTIZED_ROWS);
  referenceKernel("dequantizeRows", format)(packed, dst, 0, QUANTIZED_ROWS);
}

function agrees(format: RowFormat, what: string): FakeQuantizeCheck {
  return {
    name: `${what}: equals quantizing and dequantizing`,
    run(kernel) {
      const rows = ROWS_TO_QUANTIZE[what](format);
      const { bias, scale, weights } = rows;
      const expected = new Float32Array(weights.length);
      roundTrip(format, rows, expected);
      const expectUnchanged = watch({ weights, scale, bias });
      const { check, view } = guardedFloats(weights.length);

      kernel(weights, scale, bias, view, 0, QUANTIZED_ROWS);

      expectSame(view, expected, "dst");
      check();
      expectUnchanged();
    },
  };
}

function inPlaceAndInPart(format: RowFormat): readonly FakeQuantizeCheck[] {
  const rows = (): RowsToQuantize => ROWS_TO_QUANTIZE["random rows"](format);
  return [
    {
      name: "a part of the rows, in place, leaves the rest untouched",
      run(kernel) {
        const { bias, scale, weights } = rows();
        const whole = new Float32Array(weights.length);
        roundTrip(format, rows(), whole);
        const expected = weights.slice();
        expected.set(whole.subarray(2 * format.cols, 5 * format.cols), 2 * format.cols);

        kernel(weights, scale, bias, weights, 2, 5);

        expectSame(weights, expected, "dst");
      },
    },
    {
      name: "refuses a weight that is NaN",
      run(kernel) {
        const { bias, scale, weights } = rows();
        weights[3 * format.cols] = Number.NaN;
        expectRefusal("NON_FINITE", () => {
          kernel(weights, scale, bias, new Float32Array(weights.length), 0, QUANTIZED_ROWS);
        });
      },
    },
    {
      name: "refuses a result that is too short",
      run(kernel) {
        const { bias, scale, weights } = rows();
        expectRefusal("SHAPE", () => {
          kernel(weights, scale, bias, new Float32Array(weights.length - 1), 0, QUANTIZED_ROWS);
        });
      },
    },
  ];
}

/** Yields the checks of fakeQuantizeRows; results compare bit for bit. */
export function* fakeQuantizeRowsCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "fakeQuantizeRows";
  yield* opCases(backend, { op, spec: factFormat, label: "by hand", checks: [fact] });
  yield* opCases(backend, { op, spec: zoneFormat, label: "dead-zone by hand", checks: zoneFacts });
  for (const { format, label } of FORMATS) {
    const examples = Object.keys(ROWS_TO_QUANTIZE).map((what) => agrees(format, what));
    const checks = [...examples, ...inPlaceAndInPart(format)];
    yield* opCases(backend, { op, spec: format, label, checks });
  }
}
