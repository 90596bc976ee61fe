import { describe, expect, test } from "vitest";
import {
  compileInference,
  compileTraining,
  isDqrmError,
  type ModelSpec,
  type RangeRule,
} from "../../src/index.ts";
import { packedPlanModel } from "../../src/conformance/packed-plan-model.ts";
import {
  PLAN_BATCH,
  PLAN_MODELS,
  planBatches,
  planParameters,
  planState,
} from "../../src/conformance/plan-models.ts";
import { kernels } from "./small-model.ts";

const options = { maxBatch: PLAN_BATCH };
const base = PLAN_MODELS["FP32, sgd, dot"];
const batches = planBatches();

const withActivations = (range: RangeRule, at: "stacks" | "layers" = "layers", bits = 8): ModelSpec => ({
  ...base,
  activationQuantization: { bits, at, range },
});

const start = (spec: ModelSpec) => {
  const state = planState(spec);
  return { state, plan: compileTraining(spec, state, kernels, options) };
};

const extremesOf = (dense: Float32Array): readonly [number, number] => [
  Math.min(...dense),
  Math.max(...dense),
];

describe("the range of an input", () => {
  test("is that of the first batch, and then grows only, when it is running", () => {
    const { plan, state } = start(withActivations({ kind: "running" }));
    let [low, high] = extremesOf(batches[0].dense);

    for (const batch of batches) {
      plan.step(batch, 0.1);
      const [min, max] = extremesOf(batch.dense.subarray(0, 4 * batch.size));
      [low, high] = [Math.min(low, min), Math.max(high, max)];
      expect([...state.activationRanges.subarray(0, 3)]).toEqual([low, high, 1]);
    }
  });

  test("moves by the average of the batches when it is an ema, rounded to f32", () => {
    const momentum = 0.75;
    const { plan, state } = start(withActivations({ kind: "ema", momentum }));
    let [low, high] = extremesOf(batches[0].dense);
    plan.step(batches[0], 0.1);

    for (const batch of batches.slice(1)) {
      plan.step(batch, 0.1);
      const [min, max] = extremesOf(batch.dense.subarray(0, 4 * batch.size));
      [low, high] = [Math.fround(low * 0.75 + min * 0.25), Math.fround(high * 0.75 + max * 0.25)];
      expect([...state.activationRanges.subarray(0, 3)]).toEqual([low, high, 1]);
    }
  });

  test("does not move in inference, nor in a pass that is not applied", () => {
    const { plan, state } = start(withActivations({ kind: "running" }));
    plan.step(batches[0], 0.1);
    const before = state.activationRanges.slice();

    plan.infer(batches[1], new Float32Array(PLAN_BATCH));
    plan.forwardBackward(batches[2]);

    expect(state.activationRanges).toEqual(before);
  });

  test("is that of the batch itself in the pass that first observes it", () => {
    const quantized = start(withActivations({ kind: "running" })).plan.forwardBackward(batches[0]);
    const floats = start(base).plan.forwardBackward(batches[0]);

    expect(quantized).not.toBe(floats);
    // Codes of 8 bits over the very range of the batch.
    expect(Math.abs(quantized - floats)).toBeLessThan(0.02);
  });

  test("an infinite input of a layer is refused by its name before anything changes", () => {
    const { plan, state } = start(withActivations({ kind: "running" }));
    state.bottom[0].bias[2] = Number.POSITIVE_INFINITY;
    plan.reload();
    const before = state.activationRanges.slice();
    let failure: unknown;

    try {
      plan.step(batches[0], 0.1);
    } catch (error) {
      failure = error;
    }

    expect(isDqrmError(failure, "NON_FINITE") && failure.details.what).toBe("input of bottom[1]");
    expect(state.activationRanges).toEqual(before);
  });
});

describe("a model with quantized activations", () => {
  test("gives what the same model in floats gives as long as no range was observed", () => {
    const [quantized, floats] = [new Float32Array(PLAN_BATCH), new Float32Array(PLAN_BATCH)];

    start(withActivations({ kind: "running" })).plan.infer(batches[0], quantized);
    start(base).plan.infer(batches[0], floats);

    expect(quantized).toEqual(floats);
  });

  test("trains as the model in floats, bit for bit, where every activation is a code", () => {
    // Whole weights and inputs make whole activations; with momentum 1 these ranges stand still, and their step is 1.
    const spec = withActivations({ kind: "ema", momentum: 1 }, "layers", 16);
    const ranges = [-32767, 32767, 1, 0, 65535, 1, -32767, 32767, 1, 0, 65535, 1];
    const whole = (values: Float32Array): void => {
      values.forEach((value, i) => (values[i] = Math.round(2 * value)));
    };
    const run = (model: ModelSpec, activationRanges: Float32Array) => {
      const features = model.features.map((feature) => ({ ...feature, pooling: "sum" as const }));
      const first = planState(model);
      Object.values(planParameters(first)).forEach(whole);
      const state = { ...first, activationRanges };
      const plan = compileTraining({ ...model, features }, state, kernels, options);
      const dense = batches[0].dense.slice();
      whole(dense);
      const loss = plan.forwardBackward({ ...batches[0], dense });
      return [loss, plan.gradients];
    };

    expect(run(spec, Float32Array.from(ranges))).toEqual(run(base, new Float32Array(0)));
  });

  test("passes the gradient through an input that its range clips", () => {
    const { plan, state } = start(withActivations({ kind: "ema", momentum: 1 }, "stacks"));
    state.activationRanges.set([-1e-3, 1e-3, 1], 3);
    plan.reload();

    plan.forwardBackward(batches[0]);

    expect(plan.gradients.tables[0].values.some((value) => value !== 0)).toBe(true);
  });

  test("sees other inputs in inference than in floats once a range was observed", () => {
    const spec = withActivations({ kind: "running" });
    const [quantized, floats] = [new Float32Array(PLAN_BATCH), new Float32Array(PLAN_BATCH)];
    const { plan, state } = start(spec);
    plan.step(batches[0], 0.1);
    plan.infer(batches[1], quantized);

    compileTraining(base, { ...state, activationRanges: new Float32Array(0) }, kernels, options).infer(
      batches[1],
      floats,
    );

    expect(quantized).not.toEqual(floats);
    // Four inputs of at most 1/255 of their range off, and no more than a few per cent of a probability.
    quantized.forEach((p, i) => {
      expect(Math.abs(p - floats[i])).toBeLessThan(0.05);
    });
  });

  test("is served as it infers in training, with the ranges of its state", () => {
    const spec = withActivations({ kind: "running" });
    const { plan, state } = start(spec);
    const activationRanges = Float32Array.of(-2, 2, 1, 0, 3, 1, -4, 4, 1, 0, 5, 1);
    state.activationRanges.set(activationRanges);
    plan.reload();
    const [trained, served] = [new Float32Array(PLAN_BATCH), new Float32Array(PLAN_BATCH)];

    plan.infer(batches[0], trained);
    const model = { ...packedPlanModel(spec), activationRanges };
    compileInference(model, kernels, options).infer(batches[0], served);

    expect(served).toEqual(trained);
  });

  test("is refused without the ranges that its spec needs", () => {
    const spec = withActivations({ kind: "running" });

    const short = { ...packedPlanModel(spec), activationRanges: new Float32Array(0) };

    expect(() => compileInference(short, kernels, options)).toThrow(
      "compileInference: activationRanges has 0 elements, expected 12",
    );
    expect(() =>
      compileTraining(spec, { ...planState(spec), activationRanges: new Float32Array(3) }, kernels, options),
    ).toThrow("compileTraining: activationRanges has 3 elements, expected 12");
  });
});
