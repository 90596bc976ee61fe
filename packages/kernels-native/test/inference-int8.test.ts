import {
  compileInference,
  createKernels,
  isDqrmError,
  type Batch,
  type ModelSpec,
  type PackedModel,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { packModel } from "./inference-model.ts";
import { boundedPredictions } from "./int8-bound.ts";
import { backendUnderTest, ISAS, loadUnderTest } from "./native-under-test.ts";
import { COLS, int4, TABLES, wideBatch, wideSpec, wideState } from "./wide-model.ts";

const available = await loadUnderTest({ threads: 1 });
const reason = "unavailable" in available ? available.unavailable : undefined;
const suite = describe.skipIf(reason !== undefined);

const isas: string[] = [];
for (const isa of ISAS) if (!("unavailable" in (await loadUnderTest({ isa, threads: 1 })))) isas.push(isa);

/** A rounding error beyond eight deviations comes once in 10^15 draws of a normal distribution. */
const DEVIATIONS = 8;

async function predict(model: PackedModel, size: number, threads = 1, isa = isas[0]): Promise<Float32Array> {
  const kernels = createKernels([await backendUnderTest({ threads, isa })]);
  const plan = compileInference(model, kernels, { maxBatch: 300, products: "int8" });
  const predictions = new Float32Array(size);
  plan.infer(wideBatch(size, size, false), predictions);
  return predictions;
}

/** Expects predictions of the last samples of a batch not to depend on how many stand before them. */
async function expectSameBits(model: PackedModel): Promise<void> {
  const kernels = createKernels([await backendUnderTest({ threads: 2 })]);
  const plan = compileInference(model, kernels, { maxBatch: 300, products: "int8" });
  const batch = wideBatch(5, 200, true);
  const all = new Float32Array(200);
  plan.infer(batch, all);
  expect(new Set(all).size).toBeGreaterThan(100);
  for (const size of [1, 2, 63, 64, 65, 199]) {
    const last = new Float32Array(size);
    plan.infer(lastSamples(batch, size), last);
    expect(last).toStrictEqual(all.slice(200 - size));
  }
}

function lastSamples(batch: Batch, size: number): Batch {
  const first = batch.size - size;
  return {
    ...batch,
    size,
    dense: batch.dense.subarray(first * 13),
    bags: batch.bags.map((bag) => ({ ...bag, offsets: bag.offsets.subarray(first) })),
  };
}

const relu = { activation: "relu" } as const;
const none = { activation: "none" } as const;
const crossed = COLS + (TABLES * (TABLES + 1)) / 2;
const channels = { kind: "fake", bits: 4, granularity: "channel", bias: "same" } as const;
const shallow = {
  bottom: [{ inputs: 13, outputs: COLS, ...relu }],
  top: [{ inputs: crossed, outputs: 1, ...none }],
};
const kaggle = {
  bottom: [
    { inputs: 13, outputs: 512, ...relu },
    { inputs: 512, outputs: 256, ...relu },
    { inputs: 256, outputs: 64, ...relu },
    { inputs: 64, outputs: COLS, ...relu },
  ],
  top: [
    { inputs: crossed, outputs: 512, ...relu },
    { inputs: 512, outputs: 256, ...relu },
    { inputs: 256, outputs: 1, ...none },
  ],
};
const concatenated = {
  interaction: { kind: "cat", itself: false },
  top: [
    { inputs: (TABLES + 1) * COLS, outputs: 37, activation: "sigmoid" },
    { inputs: 37, outputs: 21, ...none },
    { inputs: 21, outputs: 1, ...none },
  ],
} as const;

const MODELS: Readonly<Record<string, ModelSpec>> = {
  "one layer below and above": wideSpec(shallow, int4),
  "one layer of 4 bits below and above": wideSpec({ ...shallow, linearQuantization: channels }, int4),
  "layers of odd widths": wideSpec({}, int4),
  "concatenated vectors, sigmoid and no activation": wideSpec(concatenated, int4),
  "the layers of the Kaggle model": wideSpec(kaggle, int4),
  "the layers of the Kaggle model in 4 bits": wideSpec({ ...kaggle, linearQuantization: channels }, int4),
};

suite("products of 8 bits", () => {
  test.each(Object.entries(MODELS))(
    "stay within what their steps allow of the float model, %s",
    async (_, spec) => {
      const model = packModel(spec, wideState(spec));
      const size = 40;

      const predictions = await predict(model, size);

      boundedPredictions(model, wideBatch(size, size, false)).forEach(
        ({ deviation, most, prediction }, s) => {
          const off = Math.abs(predictions[s] - prediction);
          expect(off).toBeLessThanOrEqual(most);
          expect(off).toBeLessThanOrEqual(DEVIATIONS * deviation);
        },
      );
    },
  );

  test.each(Object.entries(MODELS))("give the same bits on any number of threads, %s", async (_, spec) => {
    const model = packModel(spec, wideState(spec));

    const runs = await Promise.all([1, 2, 3].map((threads) => predict(model, 200, threads)));

    expect(runs[1]).toStrictEqual(runs[0]);
    expect(runs[2]).toStrictEqual(runs[0]);
  });

  test.each(Object.entries(MODELS))("give the same bits on every instruction set, %s", async (_, spec) => {
    const model = packModel(spec, wideState(spec));
    // Without an instruction for it, products of vectors are rounded before they are summed.
    const same = isas.filter((isa) => isa !== "portable" || spec.interaction.kind === "cat");

    const runs = await Promise.all(same.map((isa) => predict(model, 200, 1, isa)));

    for (const run of runs) expect(run).toStrictEqual(runs[0]);
  });

  test.each(Object.entries(MODELS))(
    "give a sample the same bits alone and in any batch, %s",
    async (_, spec) => {
      const model = packModel(spec, wideState(spec));

      await expectSameBits(model);
    },
  );

  test("give a sample the same bits alone where codes of 4 bits take every value", async () => {
    const spec = MODELS["the layers of the Kaggle model in 4 bits"];
    const model = packModel(spec, wideState(spec));
    // Packing to the nearest leaves the least code out; a table of another program may have it.
    for (const { weight } of [...model.bottom, ...model.top]) {
      if (weight instanceof Float32Array) throw new TypeError("layers of 4 bits were expected");
      weight.codes.forEach((_, i, codes) => (codes[i] = Math.imul(i, 0x9e37_79b1) >>> 24));
    }

    await expectSameBits(model);
  });

  test("refuse logits that are not finite, and name the first sample", async () => {
    const spec = wideSpec();
    const state = wideState(spec);
    state.top[0].weight[0] = Number.POSITIVE_INFINITY;
    const model = packModel(spec, state);

    const refusal = await predict(model, 130, 2).catch((error: unknown) => error);

    expect(refusal).toSatisfy((error) => isDqrmError(error, "NON_FINITE"));
    expect(refusal).toHaveProperty("details.position", 0);
  });

  test("are refused for bfloat16, and by a model with pooling weights", async () => {
    const kernels = createKernels([await backendUnderTest({ threads: 1 })]);
    const spec = wideSpec();
    const learned = {
      ...spec,
      tables: spec.tables.map((table) => ({ ...table, poolingWeights: "learned" as const })),
    };

    const compile = (of: ModelSpec, products: "bfloat16" | "int8"): unknown => {
      try {
        return compileInference(packModel(of, wideState(of)), kernels, { maxBatch: 2, products });
      } catch (error) {
        return error;
      }
    };

    expect(compile(spec, "bfloat16")).toSatisfy((error) => isDqrmError(error, "UNSUPPORTED"));
    expect(compile(learned, "int8")).toSatisfy((error) => isDqrmError(error, "UNSUPPORTED"));
  });
});
