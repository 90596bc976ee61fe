import type { KernelBackend } from "../kernel/backend.ts";
import type { LinearSpec } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { EPSILON, expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { LAYER_SHAPES, SAMPLES } from "./linear.ts";
import { guardedFloats, magnitudes, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

type WeightCheck = Check<"linearBackwardWeight">;

const OP = "linearBackwardWeight";

const fact: WeightCheck = {
  name: "two samples, worked out by hand",
  run(kernel) {
    const dweight = guardedFloats(4).view;
    const dbias = guardedFloats(2).view;

    kernel(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 0, -1, 5), 2, dweight, dbias, 0, 2);

    // Output 0: 1·[1, 2] − 1·[3, 4]; output 1: 5·[3, 4].
    expectSame(dweight, [-2, -2, 15, 20], "dweight");
    expectSame(dbias, [0, 5], "dbias");
  },
};

interface Part {
  readonly name: string;
  readonly samples: number;
  readonly begin: number;
  readonly end: number;
  readonly biased: boolean;
}

function agrees(spec: LinearSpec, { begin, biased, end, name, samples }: Part): WeightCheck {
  return {
    name,
    run(kernel) {
      const { inputs, outputs } = spec;
      const held = Math.max(SAMPLES, samples);
      const x = normals(36, held * inputs);
      const dy = normals(37, held * outputs);
      const biases = biased ? outputs : 0;
      const expected = guardedFloats(outputs * inputs).view;
      const expectedBias = guardedFloats(biases).view;
      const sums = new Float32Array(outputs * inputs);
      const biasSums = new Float32Array(biases);
      const defining = referenceKernel(OP, spec);
      defining(x, dy, samples, expected, expectedBias, begin, end);
      defining(magnitudes(x), magnitudes(dy), samples, sums, biasSums, begin, end);
      const expectUnchanged = watch({ x, dy });
      const dweight = guardedFloats(outputs * inputs);
      const dbias = guardedFloats(biases);

      kernel(x, dy, samples, dweight.view, dbias.view, begin, end);

      const allowed = (terms: Float32Array): Float32Array => terms.map((sum) => samples * EPSILON * sum);
      expectClose(dweight.view, expected, allowed(sums), "dweight");
      expectClose(dbias.view, expectedBias, allowed(biasSums), "dbias");
      dweight.check();
      dbias.check();
      expectUnchanged();
    },
  };
}

function refusesShort({ inputs, outputs }: LinearSpec): readonly WeightCheck[] {
  const sizes = { x: 2 * inputs, dy: 2 * outputs, dweight: inputs * outputs };
  return (["x", "dy", "dweight"] as const).map((short): WeightCheck => {
    return {
      name: `refuses ${short} that is too short`,
      run(kernel) {
        const lengths = { ...sizes, [short]: sizes[short] - 1 };
        const [x, dy, dweight] = [lengths.x, lengths.dy, lengths.dweight].map((n) => new Float32Array(n));
        expectRefusal("SHAPE", () => {
          kernel(x, dy, 2, dweight, new Float32Array(outputs), 0, outputs);
        });
      },
    };
  });
}

/** Yields the checks of linearBackwardWeight; a sum over n samples may err by n·ε·Σ|term|. */
export function* linearBackwardWeightCases(backend: KernelBackend): Generator<ConformanceCase> {
  yield* opCases(backend, { op: OP, spec: { inputs: 2, outputs: 2 }, label: "2 → 2", checks: [fact] });
  for (const spec of LAYER_SHAPES) {
    const { inputs, outputs: end } = spec;
    const whole = { name: "a batch", samples: SAMPLES, begin: 0, end, biased: true };
    const checks = [
      whole,
      { ...whole, name: "fewer samples than the arrays hold", samples: 2 },
      { ...whole, name: "no samples give zeros", samples: 0 },
      { ...whole, name: "more samples than a kernel sums in one go", samples: 600 },
      { ...whole, name: "an empty bias gradient is not written", biased: false },
      {
        ...whole,
        name: "a part of the outputs leaves the rest untouched",
        begin: Math.min(1, end - 1),
        end: Math.max(1, end - 1),
      },
    ].map((part) => agrees(spec, part));
    const label = `${inputs} → ${end}`;
    yield* opCases(backend, { op: OP, spec, label, checks: [...checks, ...refusesShort(spec)] });
  }
}
