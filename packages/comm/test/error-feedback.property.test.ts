import {
  errorFeedback,
  rowCodec,
  type Compensation,
  type RowCodecOptions,
  type SectionedCodec,
} from "@dqrm/comm";
import { createRandom, createRowGradient, type RowGradient } from "@dqrm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const CODINGS: readonly RowCodecOptions["values"][] = [
  "float32",
  "bfloat16",
  "float16",
  "int16",
  "int8",
  "int4",
  "ternary",
  "sign",
];

const GROUPS: readonly RowCodecOptions["scale"][] = [
  { kind: "tensor" },
  { kind: "row" },
  { kind: "block", values: 16 },
  { kind: "block", values: 1024 },
];

const LEVELED: readonly string[] = ["int16", "int8", "int4", "ternary"];

const OPTIONS: readonly RowCodecOptions[] = CODINGS.flatMap((values) =>
  GROUPS.flatMap((scale) => {
    const nearest = { values, scale, rounding: "nearest", entropy: false } as const;
    const drawn = { ...nearest, rounding: "stochastic", entropy: true } as const;
    return LEVELED.includes(values) ? [nearest, drawn] : [nearest];
  }),
);

/** Makes a codec forget that it corrects, encodes and keeps in one pass. */
function inSteps(codec: SectionedCodec): SectionedCodec {
  const { decodeBody, encodeBody, id, maxBodyBytes, name, settings } = codec.section;
  return { ...codec, section: { name, id, settings, maxBodyBytes, encodeBody, decodeBody } };
}

/** Fills a gradient of all rows with numbers of several sizes, zeros of both signs, and halves of each other. */
function fill(gradient: RowGradient, seed: number): void {
  const random = createRandom({ seed, stream: 3 });
  for (let i = 0; i < gradient.count * gradient.cols; i++) {
    const normal = random.normal();
    gradient.values[i] = [normal, 0, -0, Math.round(normal * 4) / 2, normal * 2 ** -130][random.integer(5)];
  }
}

const bitsOf = (values: Float32Array): Int32Array => new Int32Array(values.slice().buffer);

interface Sent {
  readonly bytes: Uint8Array;
  readonly state: Int32Array;
}

/** Encodes one step. */
function step(feedback: Compensation, gradient: RowGradient, seed: number, commits: boolean): Sent {
  const out = new Uint8Array(4096 + 8 * gradient.count * gradient.cols);
  const end = feedback.encodeBody(gradient, out, 3, { seed, stream: -7 });
  if (commits) feedback.commit();
  return { bytes: out.slice(0, end), state: bitsOf(feedback.state[0]) };
}

describe.each(OPTIONS)("error feedback of $values by $scale.kind, $rounding", (options) => {
  test("sends and keeps the same in one pass as step by step", () => {
    const sizes = fc.oneof(fc.nat(12), fc.integer({ min: 0, max: 90 }));
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 40 }), fc.nat(), (rows, cols, seed) => {
        const codec = rowCodec(options);
        const shape = { rows, cols };
        const once = errorFeedback(codec, shape);
        const inTurn = errorFeedback(inSteps(codec), shape);
        const gradient = createRowGradient(cols, rows);
        gradient.count = rows;
        for (let i = 0; i < rows; i++) gradient.rows[i] = i;
        for (const [i, commits] of [true, false, true].entries()) {
          fill(gradient, seed + i);

          const actual = step(once, gradient, seed, commits);

          expect(actual).toEqual(step(inTurn, gradient, seed, commits));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("error feedback in one pass", () => {
  const shape = { rows: 2, cols: 2 };
  const codec = rowCodec({ values: "sign", scale: { kind: "tensor" }, rounding: "nearest", entropy: false });

  function gradientOf(...values: readonly number[]): RowGradient {
    const gradient = createRowGradient(shape.cols, shape.rows);
    gradient.count = shape.rows;
    gradient.rows.set([0, 1]);
    gradient.values.set(values);
    return gradient;
  }

  test("keeps its state in the array that a checkpoint restores in place", () => {
    const feedback = errorFeedback(codec, shape);
    const [state] = feedback.state;

    step(feedback, gradientOf(3, 1, 3, 1), 1, true);

    expect(feedback.state[0]).toBe(state);
    // The mean magnitude 2 was sent for all.
    expect([...state]).toEqual([1, -1, 1, -1]);
  });

  test("does not change its state before the step is committed", () => {
    const feedback = errorFeedback(codec, shape);

    step(feedback, gradientOf(3, 1, 3, 1), 1, false);

    expect([...feedback.state[0]]).toEqual([0, 0, 0, 0]);
  });

  test.each([
    ["a gradient that is infinite", [0, 0, Infinity, 0], [0, 0, 0, 0]],
    ["a state that is no number", [0, 0, 0, 0], [0, 0, Number.NaN, 0]],
    ["a sum that is infinite", [0, 0, 2 ** 127, 0], [0, 0, 2 ** 127, 0]],
  ])("refuses %s, and says where it is", (_, values, state) => {
    const feedback = errorFeedback(codec, shape);
    feedback.state[0].set(state);

    expect(() => step(feedback, gradientOf(...values), 1, true)).toThrow(
      expect.objectContaining({
        code: "NON_FINITE",
        details: expect.objectContaining({ position: 2 }) as unknown,
      }),
    );
    expect([...feedback.state[0]]).toEqual(state);
  });

  test("refuses rows that are not in order", () => {
    const feedback = errorFeedback(codec, shape);
    const gradient = gradientOf(1, 2, 3, 4);
    gradient.rows.set([1, 0]);

    expect(() => step(feedback, gradient, 1, true)).toThrow(expect.objectContaining({ code: "VALUE" }));
  });
});
