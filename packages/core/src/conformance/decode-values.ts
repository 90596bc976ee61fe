import { valueLayout, type ValueFormat } from "../format/value-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectNumber, expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedFloats } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { formatLabel, mixedBytes, SENT_FORMATS, SENT_SHAPES, sentRows, sentValues } from "./sent-values.ts";

const KEY = { seed: 1, stream: 1 };

function encoded(format: ValueFormat, values: Float32Array, count: number, cols: number): Uint8Array {
  const { codeBytes, scaleBytes } = valueLayout(format, count, cols);
  const bytes = new Uint8Array(scaleBytes + codeBytes);
  const encode = referenceKernel("encodeValues", { ...format, rounding: "nearest" });
  encode(sentRows(count), values, count, cols, KEY, bytes, 0);
  return bytes;
}

function agrees(format: ValueFormat, count: number, cols: number): readonly Check<"decodeValues">[] {
  const { scaleBytes } = valueLayout(format, count, cols);
  return Object.entries(sentValues(count, cols)).map(([name, values]) => ({
    name: `${name}, ${count} rows of ${cols}`,
    run(kernel) {
      const bytes = encoded(format, values, count, cols);
      const expected = new Float32Array(count * cols);
      referenceKernel("decodeValues", format)(bytes, 0, bytes, scaleBytes, count, cols, expected);
      const expectUnchanged = watch({ bytes });
      const { check, view } = guardedFloats(count * cols);

      expectNumber(kernel(bytes, 0, bytes, scaleBytes, count, cols, view), -1, "the verdict");

      expectSame(view, expected, "values");
      check();
      expectUnchanged();
    },
  }));
}

/** Changes one byte after the other, and expects the verdict of the reference; what is accepted has its values. */
function damaged(format: ValueFormat, count: number, cols: number): Check<"decodeValues"> {
  const { codeBytes, scaleBytes } = valueLayout(format, count, cols);
  return {
    name: `damaged bytes of ${count} rows of ${cols}`,
    run(kernel) {
      const whole = encoded(format, sentValues(count, cols)["usual"], count, cols);
      const reference = referenceKernel("decodeValues", format);
      const changes = mixedBytes(whole.length, 5);
      for (let i = 0; i < whole.length; i++) {
        for (const byte of [0, 0x7f, 0x80, 0xff, 0xf3, changes[i]]) {
          const bytes = Uint8Array.from(whole);
          bytes[i] = byte;
          const codes = bytes.slice(scaleBytes, scaleBytes + codeBytes);
          const expected = new Float32Array(count * cols);
          const verdict = reference(bytes, 0, codes, 0, count, cols, expected);
          const values = new Float32Array(count * cols);

          expectNumber(kernel(bytes, 0, codes, 0, count, cols, values), verdict, `the verdict on byte ${i}`);

          if (verdict < 0) expectSame(values, expected, "values");
        }
      }
    },
  };
}

function refuses(format: ValueFormat): readonly Check<"decodeValues">[] {
  const values = new Float32Array(40).fill(1);
  const bytes = encoded(format, values, 2, 20);
  const { scaleBytes } = valueLayout(format, 2, 20);
  const short = (name: string, call: (kernel: Parameters<Check<"decodeValues">["run"]>[0]) => void) => ({
    name: `refuses ${name} that are too short`,
    run(kernel: Parameters<Check<"decodeValues">["run"]>[0]) {
      expectRefusal("SHAPE", () => {
        call(kernel);
      });
    },
  });
  const noScales = short("scales", (kernel) => {
    kernel(bytes.subarray(0, scaleBytes), 1, bytes, scaleBytes, 2, 20, values);
  });
  return [
    ...(scaleBytes === 0 ? [] : [noScales]),
    short("codes", (kernel) => {
      kernel(bytes, 0, bytes, scaleBytes + 1, 2, 20, values);
    }),
    short("values", (kernel) => {
      kernel(bytes, 0, bytes, scaleBytes, 2, 20, values.subarray(1));
    }),
  ];
}

/** Yields the checks of decodeValues. */
export function* decodeValuesCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "decodeValues";
  for (const format of SENT_FORMATS) {
    const checks = [
      ...SENT_SHAPES.flatMap(([count, cols]) => agrees(format, count, cols)),
      damaged(format, 3, 5),
      damaged(format, 3, 23),
      ...refuses(format),
    ];
    yield* opCases(backend, { op, spec: format, label: formatLabel(format), checks });
  }
}
