import type { KernelBackend } from "../kernel/backend.ts";
import type { LinearSpec } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { EPSILON, expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { LAYER_SHAPES, SAMPLES } from "./linear.ts";
import { guardedFloats, magnitudes, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

type InputCheck = Check<"linearBackwardInput">;

const OP = "linearBackwardInput";

const fact: InputCheck = {
  name: "two samples, worked out by hand",
  run(kernel) {
    const dx = guardedFloats(4).view;

    kernel(Float32Array.of(1, 2, 0, -1), Float32Array.of(3, -4, 1, 2), dx, 0, 2);

    // 1·3 + 2·1, 1·−4 + 2·2; −1, −2.
    expectSame(dx, [5, 0, -1, -2], "dx");
  },
};

const nothingTimesInfinity: InputCheck = {
  name: "a zero gradient times an infinite weight is NaN",
  run(kernel) {
    const dx = guardedFloats(2).view;
    kernel(Float32Array.of(0, 1), Float32Array.of(Infinity, 1, 1, 1), dx, 0, 1);
    expectSame(dx, [Number.NaN, 1], "dx");
  },
};

function agrees(spec: LinearSpec, name: string, begin: number, end: number): InputCheck {
  return {
    name,
    run(kernel) {
      const { inputs, outputs } = spec;
      const dy = normals(34, SAMPLES * outputs);
      const weight = normals(35, outputs * inputs);
      const expected = guardedFloats(SAMPLES * inputs).view;
      const sums = new Float32Array(SAMPLES * inputs);
      const defining = referenceKernel(OP, spec);
      defining(dy, weight, expected, begin, end);
      defining(magnitudes(dy), magnitudes(weight), sums, begin, end);
      const expectUnchanged = watch({ dy, weight });
      const { check, view } = guardedFloats(SAMPLES * inputs);

      kernel(dy, weight, view, begin, end);

      expectClose(
        view,
        expected,
        sums.map((sum) => outputs * EPSILON * sum),
        "dx",
      );
      check();
      expectUnchanged();
    },
  };
}

function refusesShort({ inputs, outputs }: LinearSpec): readonly InputCheck[] {
  const sizes = { dy: 2 * outputs, weight: inputs * outputs, dx: 2 * inputs };
  return (["dy", "weight", "dx"] as const).map((short): InputCheck => {
    return {
      name: `refuses ${short} that is too short`,
      run(kernel) {
        const lengths = { ...sizes, [short]: sizes[short] - 1 };
        const [dy, weight, dx] = [lengths.dy, lengths.weight, lengths.dx].map((n) => new Float32Array(n));
        expectRefusal("SHAPE", () => {
          kernel(dy, weight, dx, 0, 2);
        });
      },
    };
  });
}

/** Yields the checks of linearBackwardInput; a sum of n products may err by n·ε·Σ|term|. */
export function* linearBackwardInputCases(backend: KernelBackend): Generator<ConformanceCase> {
  yield* opCases(backend, {
    op: OP,
    spec: { inputs: 2, outputs: 2 },
    label: "2 → 2",
    checks: [fact, nothingTimesInfinity],
  });
  for (const spec of LAYER_SHAPES) {
    const checks = [
      agrees(spec, "a batch", 0, SAMPLES),
      agrees(spec, "a part of the samples leaves the rest untouched", 1, 4),
      ...refusesShort(spec),
    ];
    yield* opCases(backend, { op: OP, spec, label: `${spec.inputs} → ${spec.outputs}`, checks });
  }
}
