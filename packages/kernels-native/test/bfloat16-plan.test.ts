import {
  compileTraining,
  createKernels,
  defineKernels,
  isDqrmError,
  reference,
  type KernelFactories,
  type ModelSpec,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { ISAS, loadUnderTest } from "./native-under-test.ts";
import { digestsOf, int4, weightsOf, wideBatch, wideSpec, wideState } from "./wide-model.ts";

/** Rounds to the nearest bfloat16, halves to even. */
function toBfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = ((bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) & 0xffff0000) >>> 0;
  return new Float32Array(bits.buffer)[0];
}

const rounded = (values: Float32Array): Float32Array => values.map(toBfloat16);

/** What bfloat16 products are: the reference kernels over operands that were rounded first. */
const roundedProducts: KernelFactories = {
  linear: (spec) => (x, weight, bias, y, begin, end) => {
    reference.ops.linear?.(spec)?.(rounded(x), rounded(weight), bias, y, begin, end);
  },
  linearBackwardInput: (spec) => (dy, weight, dx, begin, end) => {
    reference.ops.linearBackwardInput?.(spec)?.(rounded(dy), rounded(weight), dx, begin, end);
  },
  linearBackwardWeight: (spec) => (x, dy, samples, dweight, dbias, begin, end) => {
    reference.ops.linearBackwardWeight?.(spec)?.(
      rounded(x),
      rounded(dy),
      samples,
      dweight,
      dbias,
      begin,
      end,
    );
  },
};

const channels = { kind: "fake", bits: 4, granularity: "channel", bias: "float" } as const;
const MODELS: readonly (readonly [string, ModelSpec])[] = [
  ["in floats", wideSpec()],
  ["in INT4", wideSpec({ linearQuantization: channels }, int4)],
];
const FORMS = ISAS.flatMap((isa) =>
  (["rounded", "pairs"] as const)
    .filter((form) => form === "rounded" || isa === "avx512bf16")
    .map((bfloat16) => ({ isa, bfloat16 })),
);

for (const form of FORMS) {
  const loaded = await loadUnderTest({ ...form, threads: 2 });
  const missing = "unavailable" in loaded;
  describe.skipIf(missing)(`bfloat16 ${form.bfloat16} on ${form.isa}`, () => {
    test.each(MODELS)("follows the reference over rounded operands, %s", (_, spec) => {
      if (missing) return;
      const state = wideState(spec);
      const expected = wideState(spec);
      const options = { maxBatch: 65, products: "bfloat16" } as const;
      const plan = compileTraining(spec, state, createKernels([loaded, reference]), options);
      const kernels = createKernels([defineKernels("rounded", roundedProducts), reference]);
      const exact = compileTraining(spec, expected, kernels, { maxBatch: 65 });

      const losses = [64, 65, 7].map((size, k) => {
        const batch = wideBatch(k, size, false);
        return plan.step(batch, 0.1) - exact.step(batch, 0.1);
      });

      plan.sync();
      // A sum that ends beside the middle of two bfloat16 numbers may be rounded to either: 2^-8 of a term, in some.
      for (const difference of losses) expect(Math.abs(difference)).toBeLessThan(2 ** -8);
      const pairs = weightsOf(state).map((array, k) => [array, weightsOf(expected)[k]] as const);
      for (const [actual, wanted] of pairs) {
        let [off, most] = [0, 0];
        for (let i = 0; i < wanted.length; i++) {
          off += Math.abs(actual[i] - wanted[i]);
          most = Math.max(most, Math.abs(wanted[i]));
        }
        expect(off / Math.max(1, wanted.length)).toBeLessThanOrEqual(2 ** -12 * most);
      }
    });

    test("gives the same bits on any number of threads", async () => {
      if (missing) return;
      const spec = wideSpec();
      const results = [];
      for (const threads of [1, 2, 3]) {
        const backend = await loadUnderTest({ ...form, threads });
        if ("unavailable" in backend) continue;
        const state = wideState(spec);
        const options = { maxBatch: 300, products: "bfloat16" } as const;
        const plan = compileTraining(spec, state, createKernels([backend, reference]), options);
        for (const [k, size] of [64, 299, 7].entries()) plan.step(wideBatch(k, size, k === 1), 0.1);
        plan.sync();
        results.push(digestsOf(state));
      }

      for (const result of results) expect(result).toStrictEqual(results[0]);
    });

    test("refuses to hand out gradients", () => {
      if (missing) return;
      const spec = wideSpec();
      const options = { maxBatch: 8, products: "bfloat16" } as const;
      const plan = compileTraining(spec, wideState(spec), createKernels([loaded, reference]), options);

      let refusal: unknown;
      try {
        plan.forwardBackward(wideBatch(1, 8, false));
      } catch (error) {
        refusal = error;
      }

      expect(isDqrmError(refusal, "UNSUPPORTED")).toBe(true);
    });
  });
}
