import type { KernelBackend } from "../kernel/backend.ts";
import type { OptimizerSpec } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { floatsFrom, guardedFloats, magnitudes, normals } from "./memory.ts";
import { optimizerLabel, OPTIMIZERS, updateBound } from "./optimizers.ts";
import { referenceKernel } from "./reference-kernel.ts";

type UpdateCheck = Check<"updateDense">;

const LENGTH = 37;

/** Holds what becomes of w = 5 and s = 7 with g = 3 and a rate of 1/2: s = 16, w = 5 − 1.5/(4 + 1). */
const KNOWN = [
  { optimizer: { kind: "sgd" }, weight: 3.5, sum: [] },
  { optimizer: { kind: "adagrad", epsilon: 1 }, weight: 4.7, sum: [16] },
  { optimizer: { kind: "rowwise-adagrad", epsilon: 1 }, weight: 4.7, sum: [16] },
] as const;

function known(expected: number, sum: readonly number[]): UpdateCheck {
  return {
    name: "one step, worked out by hand",
    run(kernel) {
      const weight = Float32Array.of(5);
      const state = Float32Array.from(sum, () => 7);
      kernel(weight, Float32Array.of(3), state, 0.5, 0, 1);
      expectClose(weight, [expected], updateBound(Float32Array.of(5), weight), "weight");
      expectSame(state, sum, "state");
    },
  };
}

function agrees(optimizer: OptimizerSpec, name: string, begin: number, end: number): UpdateCheck {
  return {
    name,
    run(kernel) {
      const before = normals(50, LENGTH);
      const gradient = normals(51, LENGTH);
      gradient[6] = 0;
      const sums = optimizer.kind === "sgd" ? floatsFrom([]) : magnitudes(normals(52, LENGTH));
      if (sums.length > 0) sums[6] = 0;
      const expected = before.slice();
      const expectedState = sums.slice();
      referenceKernel("updateDense", { optimizer })(expected, gradient, expectedState, 0.1, begin, end);
      const expectUnchanged = watch({ gradient });
      const weight = guardedFloats(LENGTH);
      const state = guardedFloats(sums.length);
      weight.view.set(before);
      state.view.set(sums);

      kernel(weight.view, gradient, state.view, 0.1, begin, end);

      expectClose(weight.view, expected, updateBound(before, expected), "weight");
      expectClose(state.view, expectedState, updateBound(sums, expectedState), "state");
      expectSame(weight.view.subarray(end), before.subarray(end), "weights behind the part");
      expectSame(weight.view.subarray(0, begin), before.subarray(0, begin), "weights before the part");
      weight.check();
      state.check();
      expectUnchanged();
    },
  };
}

function refusals(optimizer: OptimizerSpec): readonly UpdateCheck[] {
  const state = (): Float32Array => new Float32Array(optimizer.kind === "sgd" ? 0 : 4).fill(2);
  return [
    ...[Number.NaN, Infinity].map((value): UpdateCheck => {
      return {
        name: `refuses a gradient of ${value} and changes nothing`,
        run(kernel) {
          const weight = Float32Array.of(1, 2, 3, 4);
          const sums = state();
          const expectUnchanged = watch({ weight, sums });
          expectRefusal("NON_FINITE", () => {
            kernel(weight, Float32Array.of(1, 1, 1, value), sums, 0.1, 0, 4);
          });
          expectUnchanged();
        },
      };
    }),
    {
      name: "refuses a learning rate of NaN and changes nothing",
      run(kernel) {
        const weight = Float32Array.of(1, 2, 3, 4);
        const sums = state();
        const expectUnchanged = watch({ weight, sums });
        expectRefusal("VALUE", () => {
          kernel(weight, new Float32Array(4), sums, Number.NaN, 0, 4);
        });
        expectUnchanged();
      },
    },
    {
      name: "refuses a gradient that is too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(new Float32Array(4), new Float32Array(3), state(), 0.1, 0, 4);
        });
      },
    },
  ];
}

/** Yields the checks of updateDense. */
export function* updateDenseCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "updateDense";
  for (const { optimizer, sum, weight } of KNOWN) {
    const label = optimizerLabel(optimizer);
    yield* opCases(backend, { op, spec: { optimizer }, label, checks: [known(weight, sum)] });
  }
  for (const optimizer of OPTIMIZERS) {
    const checks = [
      agrees(optimizer, "a parameter", 0, LENGTH),
      agrees(optimizer, "a part leaves the rest untouched", 4, 20),
      ...refusals(optimizer),
    ];
    yield* opCases(backend, { op, spec: { optimizer }, label: optimizerLabel(optimizer), checks });
  }
}
