import { valueLayout } from "../format/value-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import type { EncodeValuesSpec } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectNumber, expectRefusal, expectSame, watch } from "./expect.ts";
import { floatsFrom, guardedBytes, guardedFloats, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import {
  ENCODE_SPECS,
  formatLabel,
  MAX_FLOAT,
  SENT_SHAPES,
  sentRows,
  valuesToEncode,
} from "./sent-values.ts";

const KEY = { seed: 7, stream: -3 };
const AT = 5;

/** Lists what was lost before: nothing, in both zeros, what the gradient makes up for, and usual numbers. */
function residualOf(gradient: Float32Array): Float32Array {
  const usual = normals(4, gradient.length, 0.004);
  return floatsFrom(usual.map((value, i) => [0, -0, -gradient[i], value, value][i % 5]));
}

function agrees(spec: EncodeValuesSpec, count: number, cols: number): readonly Check<"encodeWithFeedback">[] {
  return valuesToEncode(spec, { count, cols, key: KEY }).map(([name, values]) => ({
    name: `${name}, ${count} rows of ${cols}`,
    run(kernel) {
      const rows = sentRows(count);
      const residual = residualOf(values);
      const gradient = name === "brinks" ? values.map((value, i) => value - residual[i]) : values;
      const { codeBytes, scaleBytes } = valueLayout(spec, count, cols);
      const length = AT + scaleBytes + codeBytes;
      const expected = guardedBytes(length).view;
      const expectedLeft = guardedFloats(count * cols).view;
      const reference = referenceKernel("encodeWithFeedback", spec);
      reference(rows, gradient, residual, count, cols, KEY, expected, AT, expectedLeft);
      const expectUnchanged = watch({ rows, gradient, residual });
      const out = guardedBytes(length);
      const left = guardedFloats(count * cols);

      const end = kernel(rows, gradient, residual, count, cols, KEY, out.view, AT, left.view);

      expectNumber(end, length, "end");
      expectSame(out.view, expected, "out");
      expectSame(left.view, expectedLeft, "left");
      out.check();
      left.check();
      expectUnchanged();
    },
  }));
}

const ROWS = 2;
const COLS = 20;
const TOTAL: number = ROWS * COLS;

/** Holds a call that is good, of which a check changes a part. */
interface Call {
  readonly rows: Int32Array;
  readonly gradient: Float32Array;
  readonly residual: Float32Array;
  readonly out: Uint8Array;
  readonly left: Float32Array;
}

function refuses(spec: EncodeValuesSpec): readonly Check<"encodeWithFeedback">[] {
  const { codeBytes, scaleBytes } = valueLayout(spec, ROWS, COLS);
  const good = (): Call => ({
    rows: Int32Array.of(0, 1),
    gradient: new Float32Array(TOTAL).fill(1),
    residual: new Float32Array(TOTAL).fill(0.25),
    out: new Uint8Array(scaleBytes + codeBytes),
    left: new Float32Array(TOTAL),
  });
  const refusal = (
    code: "NON_FINITE" | "INDEX_RANGE" | "SHAPE",
    name: string,
    changed: Partial<Call>,
    details = {},
  ): Check<"encodeWithFeedback"> => ({
    name: `refuses ${name}`,
    run(kernel) {
      const { gradient, left, out, residual, rows } = { ...good(), ...changed };
      expectRefusal(code, () => kernel(rows, gradient, residual, ROWS, COLS, KEY, out, 0, left), details);
    },
  });
  const at33 = { position: 33 };
  const largest = (): Float32Array => new Float32Array(TOTAL).fill(MAX_FLOAT, 33, 34);
  return [
    ...[Infinity, -Infinity, Number.NaN].flatMap((wrong) => {
      const values = new Float32Array(TOTAL).fill(wrong, 33, 34);
      return [
        refusal("NON_FINITE", `a gradient of ${wrong}`, { gradient: values }, at33),
        refusal("NON_FINITE", `a residual of ${wrong}`, { residual: values }, at33),
      ];
    }),
    refusal("NON_FINITE", "an infinite sum", { gradient: largest(), residual: largest() }, at33),
    ...(spec.rounding === "stochastic"
      ? [refusal("INDEX_RANGE", "a negative row", { rows: Int32Array.of(0, -1) })]
      : []),
    refusal("SHAPE", "a gradient that is too short", { gradient: new Float32Array(TOTAL - 1) }),
    refusal("SHAPE", "a residual that is too short", { residual: new Float32Array(TOTAL - 1) }),
    refusal("SHAPE", "too little room for bytes", { out: new Uint8Array(scaleBytes + codeBytes - 1) }),
    refusal("SHAPE", "too little room for what is left", { left: new Float32Array(TOTAL - 1) }),
  ];
}

const byHand: Check<"encodeWithFeedback"> = {
  name: "a gradient of 3, −7, 0.5, −0 and 2.25, worked out by hand",
  run(kernel) {
    const gradient = Float32Array.of(3, -7, 0.5, -0, 2.25);
    const residual = Float32Array.of(0.5, 0, 0.75, -0, 0.25);
    const out = guardedBytes(7).view;
    const left = guardedFloats(5).view;

    kernel(new Int32Array(1), gradient, residual, 1, 5, KEY, out, 0, left);

    // Corrected: 3.5, −7, 1.25, −0, 2.5; a scale of 1, then 4 + 8, −7 + 8, 1 + 8, 0 + 8, 2 + 8: halves go to the even number.
    expectSame(out, [0, 0, 0x80, 0x3f, 0x1c, 0x89, 0x0a], "out");
    expectSame(left, [-0.5, 0, 0.25, -0, 0.5], "left");
  },
};

/** Yields the checks of encodeWithFeedback. */
export function* encodeWithFeedbackCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "encodeWithFeedback";
  const int4 = { values: "int4", scale: { kind: "tensor" }, rounding: "nearest" } as const;
  yield* opCases(backend, { op, spec: int4, label: "int4", checks: [byHand] });
  for (const spec of ENCODE_SPECS) {
    const checks = [...SENT_SHAPES.flatMap(([count, cols]) => agrees(spec, count, cols)), ...refuses(spec)];
    yield* opCases(backend, { op, spec, label: `${formatLabel(spec)} ${spec.rounding}`, checks });
  }
}
