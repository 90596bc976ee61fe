import type { KernelBackend } from "../kernel/backend.ts";
import type { Activation } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { EPSILON, expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedFloats, normals } from "./memory.ts";

const LENGTH = 37;

type ActivationCheck = Check<"activationBackward">;

/** Computes the derivative of an activation from its result, in double. */
const SLOPES: Readonly<Record<Activation, (y: number) => number>> = {
  none: () => 1,
  relu: (y) => (y > 0 ? 1 : 0),
  sigmoid: (y) => y * (1 - y),
};

/** Gives results that an activation may have, zeros among them. */
function results(activation: Activation): Float32Array {
  const z = normals(38, LENGTH, 3);
  z[4] = 0;
  z[5] = -0;
  if (activation === "none") return z;
  return z.map((v) => (activation === "relu" ? Math.max(0, v) : 1 / (1 + Math.exp(-v))));
}

function agrees(activation: Activation, name: string, begin: number, end: number): ActivationCheck {
  return {
    name,
    run(kernel) {
      const y = results(activation);
      const before = normals(39, LENGTH);
      const slope = SLOPES[activation];
      const expected = before.map((g, i) => (i >= begin && i < end ? g * slope(y[i]) : g));
      // A sigmoid takes three roundings: 1 − y, and two products.
      const allowed = expected.map((g) => (activation === "sigmoid" ? 3 * EPSILON * Math.abs(g) : 0));
      const expectUnchanged = watch({ y });
      const { check, view } = guardedFloats(LENGTH);
      view.set(before);

      kernel(y, view, begin, end);

      expectClose(view, expected, allowed, "dy");
      check();
      expectUnchanged();
    },
  };
}

const kink: ActivationCheck = {
  name: "the derivative is 0 at 0",
  run(kernel) {
    const dy = Float32Array.of(2, 3, 4);
    kernel(Float32Array.of(0, -0, 2 ** -149), dy, 0, 3);
    expectSame(dy, [0, 0, 4], "dy");
  },
};

const refusesShort: readonly ActivationCheck[] = [
  {
    name: "refuses a gradient that is too short",
    run(kernel) {
      expectRefusal("SHAPE", () => {
        kernel(new Float32Array(4), new Float32Array(3), 0, 4);
      });
    },
  },
  {
    name: "refuses results that are too short",
    run(kernel) {
      expectRefusal("SHAPE", () => {
        kernel(new Float32Array(3), new Float32Array(4), 0, 4);
      });
    },
  },
];

/** Yields the checks of activationBackward; the expected slopes are worked out here, without the reference. */
export function* activationBackwardCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "activationBackward";
  for (const activation of ["none", "relu", "sigmoid"] as const) {
    const checks = [
      agrees(activation, "a gradient", 0, LENGTH),
      agrees(activation, "a part leaves the rest untouched", 5, 30),
      ...(activation === "relu" ? [kink] : []),
      ...refusesShort,
    ];
    yield* opCases(backend, { op, spec: { activation }, label: activation, checks });
  }
}
