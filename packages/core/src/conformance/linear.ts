import type { KernelBackend } from "../kernel/backend.ts";
import type { Activation, OpSpec } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { EPSILON, expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedFloats, magnitudes, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

/** Widths of layers that the kit tries: one, odd, vectors' lengths and one more. */
export const LAYER_SHAPES = [
  { inputs: 1, outputs: 1 },
  { inputs: 3, outputs: 2 },
  { inputs: 17, outputs: 5 },
  { inputs: 16, outputs: 16 },
  { inputs: 33, outputs: 1 },
  { inputs: 64, outputs: 7 },
] as const;

/** Samples of every batch; odd. */
export const SAMPLES = 5;

/** Roundings of a sigmoid in f32: e^−z within 4 ulp, the sum and the quotient with one each, all relative to y ≤ 1. */
const SIGMOID_ERROR: number = 6 * EPSILON;

type LinearCheck = Check<"linear">;
type Spec = OpSpec<"linear">;

function byHand(activation: Activation, expected: readonly number[]): LinearCheck {
  return {
    name: `${activation} of two samples, worked out by hand`,
    run(kernel) {
      const y = guardedFloats(4).view;
      // Sample 1: 1·3 − 2·4 + 5 = 0, 1 + 2·2 − 6 = −1; sample 2: 5, −6.
      kernel(Float32Array.of(1, 2, 0, 0), Float32Array.of(3, -4, 1, 2), Float32Array.of(5, -6), y, 0, 2);
      const bound = expected.map(() => (activation === "sigmoid" ? SIGMOID_ERROR : 0));
      expectClose(y, expected, bound, "y");
    },
  };
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Bounds the error of f32 sums in any order by n·ε·Σ|term|, and carries it through the activation. */
function bounds(spec: Spec, x: Float32Array, weight: Float32Array, bias: Float32Array): Float32Array {
  const sums = new Float32Array(SAMPLES * spec.outputs);
  const plain = referenceKernel("linear", { ...spec, activation: "none" });
  plain(magnitudes(x), magnitudes(weight), magnitudes(bias), sums, 0, SAMPLES);
  // No activation is steeper than 1.
  const own = spec.activation === "sigmoid" ? SIGMOID_ERROR : 0;
  return sums.map((sum) => (spec.inputs + 1) * EPSILON * sum + own);
}

function agrees(spec: Spec, name: string, biased: boolean, begin: number, end: number): LinearCheck {
  return {
    name,
    run(kernel) {
      const { inputs, outputs } = spec;
      const x = normals(31, SAMPLES * inputs);
      const weight = normals(32, outputs * inputs);
      const bias = normals(33, biased ? outputs : 0);
      const expected = guardedFloats(SAMPLES * outputs).view;
      referenceKernel("linear", spec)(x, weight, bias, expected, begin, end);
      const expectUnchanged = watch({ x, weight, bias });
      const { check, view } = guardedFloats(SAMPLES * outputs);

      kernel(x, weight, bias, view, begin, end);

      expectClose(view, expected, bounds(spec, x, weight, bias), "y");
      check();
      expectUnchanged();
    },
  };
}

function keepsNaN({ inputs, outputs }: Spec): LinearCheck {
  return {
    name: "NaN stays NaN, in its own sample",
    run(kernel) {
      const x = new Float32Array(2 * inputs).fill(1);
      x[inputs] = Number.NaN;
      const y = new Float32Array(2 * outputs);
      kernel(x, new Float32Array(inputs * outputs), new Float32Array(outputs), y, 0, 2);
      expectSame(
        y.map((v) => (Number.isNaN(v) ? 1 : 0)),
        [...new Float32Array(outputs), ...new Float32Array(outputs).fill(1)],
        "NaN in y",
      );
    },
  };
}

function refusesShort({ inputs, outputs }: Spec): readonly LinearCheck[] {
  const sizes = { x: 2 * inputs, weight: inputs * outputs, y: 2 * outputs };
  return (["x", "weight", "y"] as const).map((short): LinearCheck => {
    return {
      name: `refuses ${short} that is too short`,
      run(kernel) {
        const lengths = { ...sizes, [short]: sizes[short] - 1 };
        const [x, weight, y] = [lengths.x, lengths.weight, lengths.y].map((n) => new Float32Array(n));
        expectRefusal("SHAPE", () => {
          kernel(x, weight, new Float32Array(outputs), y, 0, 2);
        });
      },
    };
  });
}

/** Yields the checks of linear. */
export function* linearCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "linear";
  const results = [
    ["none", [0, -1, 5, -6]],
    ["relu", [0, 0, 5, 0]],
    ["sigmoid", [0.5, sigmoid(-1), sigmoid(5), sigmoid(-6)]],
  ] as const;
  for (const [activation, expected] of results) {
    const spec = { inputs: 2, outputs: 2, activation };
    yield* opCases(backend, { op, spec, label: "2 → 2", checks: [byHand(activation, expected)] });
    for (const shape of LAYER_SHAPES) {
      const layer = { ...shape, activation };
      const checks = [
        agrees(layer, "a batch", true, 0, SAMPLES),
        agrees(layer, "an empty bias is none", false, 0, SAMPLES),
        agrees(layer, "a part of the samples leaves the rest untouched", true, 1, 4),
        keepsNaN(layer),
        ...refusesShort(layer),
      ];
      const label = `${shape.inputs} → ${shape.outputs} ${activation}`;
      yield* opCases(backend, { op, spec: layer, label, checks });
    }
  }
}
