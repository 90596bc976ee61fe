import { reference, type KernelBackend, type OpFn, type OpName, type OpSpec } from "@dqrm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ISAS, loadUnderTest } from "./native-under-test.ts";

/** One operation rounded to nearest in f32 errs by half of this, relatively. */
const EPSILON = 2 ** -23;

/** Wider than two panels of any instruction set, deeper than several of its tiles. */
const size = fc.integer({ min: 1, max: 90 });
const shape = fc.record({
  inputs: size,
  outputs: size,
  samples: fc.integer({ min: 1, max: 40 }),
  cut: fc.nat(90),
});
const options = { seed: 31, numRuns: 60 };

function kernel<K extends OpName>(backend: KernelBackend, op: K, spec: OpSpec<K>): OpFn<K> {
  const prepared = backend.ops[op]?.(spec);
  if (prepared === undefined) throw new Error(`${backend.name} declines ${op}`);
  return prepared;
}

/** Numbers of both signs whose products and sums are all rounded. */
const floats = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i * i + 1));
const magnitudes = (values: Float32Array): Float32Array => values.map(Math.abs);

/** Expects a sum of `terms` products, in any order, within n·ε·Σ|term| of the exact one. */
function expectSums(actual: Float32Array, exact: Float32Array, absolute: Float32Array, terms: number): void {
  const wrong = actual.findIndex((sum, i) => !(Math.abs(sum - exact[i]) <= terms * EPSILON * absolute[i]));
  expect([wrong, actual[wrong]]).toEqual([-1, undefined]);
}

interface Product {
  readonly name: string;
  /** Rows of the result, of which a call computes a part. */
  readonly rows: (drawn: Drawn) => number;
  readonly cols: (drawn: Drawn) => number;
  readonly terms: (drawn: Drawn) => number;
  /** Prepares the product of operands, or of their magnitudes. */
  readonly bind: (
    backend: KernelBackend,
    drawn: Drawn,
    of: (values: Float32Array) => Float32Array,
  ) => (dst: Float32Array, begin: number, end: number) => void;
}

interface Drawn {
  readonly inputs: number;
  readonly outputs: number;
  readonly samples: number;
}

const PRODUCTS: readonly Product[] = [
  {
    name: "a linear layer",
    rows: ({ samples }) => samples,
    cols: ({ outputs }) => outputs,
    terms: ({ inputs }) => inputs + 1,
    bind: (backend, { inputs, outputs, samples }, of) => {
      const linear = kernel(backend, "linear", { inputs, outputs, activation: "none" });
      const [x, weight] = [of(floats(samples * inputs)), of(floats(outputs * inputs))];
      const bias = of(floats(outputs));
      return (y, begin, end) => linear(x, weight, bias, y, begin, end);
    },
  },
  {
    name: "the gradient of its input",
    rows: ({ samples }) => samples,
    cols: ({ inputs }) => inputs,
    terms: ({ outputs }) => outputs,
    bind: (backend, { inputs, outputs, samples }, of) => {
      const backward = kernel(backend, "linearBackwardInput", { inputs, outputs });
      const [dy, weight] = [of(floats(samples * outputs)), of(floats(outputs * inputs))];
      return (dx, begin, end) => backward(dy, weight, dx, begin, end);
    },
  },
  {
    name: "the gradient of its weights",
    rows: ({ outputs }) => outputs,
    cols: ({ inputs }) => inputs,
    terms: ({ samples }) => samples,
    bind: (backend, { inputs, outputs, samples }, of) => {
      const backward = kernel(backend, "linearBackwardWeight", { inputs, outputs });
      const [x, dy] = [of(floats(samples * inputs)), of(floats(samples * outputs))];
      const dbias = new Float32Array(outputs);
      return (dweight, begin, end) => backward(x, dy, samples, dweight, dbias, begin, end);
    },
  },
];

for (const isa of ISAS) {
  const backend = await loadUnderTest({ isa, threads: 1 });
  describe.skipIf("unavailable" in backend)(isa, () => {
    if ("unavailable" in backend) return;

    for (const { name, rows, cols, terms, bind } of PRODUCTS) {
      test(`${name} is right for any shape, and in two parts the same to the last bit`, () => {
        const property = fc.property(shape, ({ cut, ...drawn }) => {
          const length = rows(drawn) * cols(drawn);
          const [exact, absolute, whole, parts] = [0, 0, 0, 0].map(() => new Float32Array(length).fill(7));
          bind(reference, drawn, (values) => values)(exact, 0, rows(drawn));
          bind(reference, drawn, magnitudes)(absolute, 0, rows(drawn));
          const product = bind(backend, drawn, (values) => values);
          const middle = Math.min(cut, rows(drawn));

          product(whole, 0, rows(drawn));
          product(parts, 0, middle);
          product(parts, middle, rows(drawn));

          expectSums(whole, exact, absolute, terms(drawn));
          expect(parts).toEqual(whole);
        });
        fc.assert(property, options);
      });
    }

    test("an interaction and its gradient are right for any number of vectors", () => {
      const property = fc.property(
        fc.record({
          vectors: fc.integer({ min: 1, max: 40 }),
          cols: fc.integer({ min: 1, max: 40 }),
          itself: fc.boolean(),
        }),
        ({ vectors, cols, itself }) => {
          const spec = { kind: "dot", itself, vectors, cols } as const;
          const source = floats(2 * vectors * cols);
          const outputs = cols + (vectors * (itself ? vectors + 1 : vectors - 1)) / 2;
          const given = floats(2 * outputs);
          const forward = (from: KernelBackend, of: (v: Float32Array) => Float32Array) => {
            const dst = new Float32Array(2 * outputs);
            kernel(from, "interaction", spec)(of(source), dst, 0, 2);
            return dst;
          };
          const backward = (from: KernelBackend, of: (v: Float32Array) => Float32Array) => {
            const dst = new Float32Array(source.length);
            kernel(from, "interactionBackward", spec)(of(source), of(given), dst, 0, 2);
            return dst;
          };
          const same = (v: Float32Array): Float32Array => v;
          expectSums(forward(backend, same), forward(reference, same), forward(reference, magnitudes), cols);
          expectSums(
            backward(backend, same),
            backward(reference, same),
            backward(reference, magnitudes),
            vectors + 2,
          );
        },
      );
      fc.assert(property, options);
    });
  });
}
