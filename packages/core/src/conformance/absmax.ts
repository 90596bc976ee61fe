import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectNumber, expectRefusal, watch } from "./expect.ts";
import { floatsFrom, normals } from "./memory.ts";

interface Example {
  readonly name: string;
  readonly values: readonly number[];
  readonly part?: readonly [number, number];
  readonly expected: number;
}

const EXAMPLES: readonly Example[] = [
  { name: "nothing", values: [], expected: 0 },
  { name: "an empty part", values: [1, 2], part: [1, 1], expected: 0 },
  { name: "a negative peak", values: [1, -3, 2], expected: 3 },
  { name: "negative zero", values: [-0], expected: 0 },
  { name: "a peak before and one behind the part", values: [9, 1, -2, 8], part: [1, 3], expected: 2 },
  { name: "the smallest subnormal number", values: [0, -(2 ** -149)], expected: 2 ** -149 },
  { name: "an infinite element", values: [1, -Infinity, 2], expected: Infinity },
  { name: "a NaN before the peak", values: [Number.NaN, 7, 1], expected: Number.NaN },
  { name: "a NaN behind the peak", values: [7, 1, 1, 1, Number.NaN], expected: Number.NaN },
  { name: "a NaN beside an infinite element", values: [Number.NaN, Infinity], expected: Number.NaN },
  { name: "a NaN outside the part", values: [Number.NaN, 1, Number.NaN], part: [1, 2], expected: 1 },
];

const known = EXAMPLES.map(({ name, values, part, expected }): Check<"absmax"> => {
  return {
    name,
    run(kernel) {
      const [begin, end] = part ?? [0, values.length];
      expectNumber(kernel(floatsFrom(values), begin, end), expected, "absmax");
    },
  };
});

const everyPlace: Check<"absmax"> = {
  name: "a peak in each place of 67 elements",
  run(kernel) {
    for (let place = 0; place < 67; place++) {
      const src = normals(9, 67, 0.1);
      src[place] = place % 2 === 0 ? 100 : -100;
      const expectUnchanged = watch({ src });
      expectNumber(kernel(src, 0, 67), 100, `absmax with its peak at ${place}`);
      expectUnchanged();
    }
  },
};

const refusesShort: Check<"absmax"> = {
  name: "refuses a part that ends behind the array",
  run(kernel) {
    expectRefusal("SHAPE", () => {
      kernel(new Float32Array(3), 0, 4);
    });
  },
};

/** Yields the checks of absmax. */
export function* absmaxCases(backend: KernelBackend): Generator<ConformanceCase> {
  const checks = [...known, everyPlace, refusesShort];
  yield* opCases(backend, { op: "absmax", spec: {}, label: "of", checks });
}
