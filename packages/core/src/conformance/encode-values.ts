import { valueLayout } from "../format/value-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import type { EncodeValuesSpec } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectNumber, expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedBytes } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { ENCODE_SPECS, formatLabel, SENT_SHAPES, sentRows, valuesToEncode } from "./sent-values.ts";

const KEY = { seed: 7, stream: -3 };
const AT = 5;

function agrees(spec: EncodeValuesSpec, count: number, cols: number): readonly Check<"encodeValues">[] {
  return valuesToEncode(spec, { count, cols, key: KEY }).map(([name, values]) => ({
    name: `${name}, ${count} rows of ${cols}`,
    run(kernel) {
      const rows = sentRows(count);
      const { codeBytes, scaleBytes } = valueLayout(spec, count, cols);
      const length = AT + scaleBytes + codeBytes;
      const expected = guardedBytes(length).view;
      referenceKernel("encodeValues", spec)(rows, values, count, cols, KEY, expected, AT);
      const expectUnchanged = watch({ rows, values });
      const { check, view } = guardedBytes(length);

      const end = kernel(rows, values, count, cols, KEY, view, AT);

      expectNumber(end, length, "end");
      expectSame(view, expected, "out");
      check();
      expectUnchanged();
    },
  }));
}

function refuses(spec: EncodeValuesSpec): readonly Check<"encodeValues">[] {
  const rows = Int32Array.of(0, 1);
  const good = new Float32Array(40).fill(1);
  const { codeBytes, scaleBytes } = valueLayout(spec, 2, 20);
  const bytes = scaleBytes + codeBytes;
  const nonFinite = [Infinity, -Infinity, Number.NaN].map((wrong): Check<"encodeValues"> => ({
    name: `refuses ${wrong}`,
    run(kernel) {
      const bad = good.slice();
      bad[33] = wrong;
      expectRefusal("NON_FINITE", () => kernel(rows, bad, 2, 20, KEY, new Uint8Array(bytes), 0), {
        position: 33,
      });
    },
  }));
  const negative: Check<"encodeValues"> = {
    name: "refuses a negative row",
    run(kernel) {
      const wrong = Int32Array.of(0, -1);
      expectRefusal("INDEX_RANGE", () => kernel(wrong, good, 2, 20, KEY, new Uint8Array(bytes), 0));
    },
  };
  return [
    ...nonFinite,
    ...(spec.rounding === "stochastic" ? [negative] : []),
    {
      name: "refuses values that are too short",
      run(kernel) {
        expectRefusal("SHAPE", () => kernel(rows, good.subarray(1), 2, 20, KEY, new Uint8Array(bytes), 0));
      },
    },
    {
      name: "refuses a result that is too short",
      run(kernel) {
        expectRefusal("SHAPE", () => kernel(rows, good, 2, 20, KEY, new Uint8Array(bytes), 1));
      },
    },
  ];
}

const byHand: Check<"encodeValues"> = {
  name: "3.5, −7, 1, 0 and 2.5 by a scale of 1, worked out by hand",
  run(kernel) {
    const out = guardedBytes(7).view;

    kernel(new Int32Array(1), Float32Array.of(3.5, -7, 1, 0, 2.5), 1, 5, KEY, out, 0);

    // The f32 1, then 4 + 8, −7 + 8, 1 + 8, 0 + 8, 2 + 8: halves go to the even number.
    expectSame(out, [0, 0, 0x80, 0x3f, 0x1c, 0x89, 0x0a], "out");
  },
};

/** Yields the checks of encodeValues. */
export function* encodeValuesCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "encodeValues";
  const int4 = { values: "int4", scale: { kind: "tensor" }, rounding: "nearest" } as const;
  yield* opCases(backend, { op, spec: int4, label: "int4", checks: [byHand] });
  for (const spec of ENCODE_SPECS) {
    const checks = [...SENT_SHAPES.flatMap(([count, cols]) => agrees(spec, count, cols)), ...refuses(spec)];
    yield* opCases(backend, { op, spec, label: `${formatLabel(spec)} ${spec.rounding}`, checks });
  }
}
