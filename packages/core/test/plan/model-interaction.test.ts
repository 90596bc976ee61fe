import { describe, expect, test } from "vitest";
import {
  compileTraining,
  jaggedFrom,
  symmetricScale,
  type ModelSpec,
  type ModelState,
} from "../../src/index.ts";
import { PLAN_BATCH, PLAN_MODELS, planBatches, planState } from "../../src/conformance/plan-models.ts";
import { fakeQuantizeActivations } from "../../src/plan/activation/activation-codes.ts";
import { kernels } from "./small-model.ts";

const base = PLAN_MODELS["FP32, sgd, dot"];
const [firstBatch] = planBatches();
const batch = firstBatch;

const rounded = (spec: ModelSpec): ModelSpec => ({ ...spec, interaction: { ...spec.interaction, bits: 16 } });

const run = (spec: ModelSpec, change: (state: ModelState) => void, batch = firstBatch) => {
  const state = planState(spec);
  change(state);
  const plan = compileTraining(spec, state, kernels, { maxBatch: PLAN_BATCH });
  const loss = plan.forwardBackward(batch);
  const gradients = structuredClone(plan.gradients);
  const probabilities = new Float32Array(PLAN_BATCH);
  plan.infer(batch, probabilities);
  return { loss, gradients, probabilities };
};

const single: ModelSpec = {
  ...base,
  features: base.features.map((feature) => ({ ...feature, pooling: "sum" })),
};

describe("an interaction of 16 bits", () => {
  test("changes nothing, in neither direction, where the vectors are codes", () => {
    // Whole numbers up to the largest code: the step is 1. Bags add rows up, so that only row 0 may be large.
    const whole = (state: ModelState): void => {
      state.bottom[1].weight.fill(0);
      state.bottom[1].bias.fill(0);
      for (const { weights } of state.tables) weights.forEach((w, i) => (weights[i] = Math.round(4 * w)));
      state.tables[0].weights.fill(32767, 0, 1);
      for (const { bags } of [batch]) bags[0].indices[0] = 0;
    };

    expect(run(rounded(single), whole)).toEqual(run(single, whole));
  });

  test("multiplies a gradient by the codes of the other vector, not by the vector", () => {
    const bags = batch.bags.map(() => jaggedFrom(Array.from({ length: PLAN_BATCH }, (_, b) => [b])));
    const silent = (state: ModelState): void => {
      state.bottom[1].weight.fill(0);
      state.bottom[1].bias.fill(0);
    };
    const looked = planState(single).tables.flatMap(({ weights }) => [
      ...weights.subarray(0, 3 * PLAN_BATCH),
    ]);
    const scale = symmetricScale(Math.max(...looked.map(Math.abs)), 16);
    const alreadyRounded = (state: ModelState): void => {
      silent(state);
      for (const { weights } of state.tables) {
        fakeQuantizeActivations(weights, weights.length, { scale, low: -32768, high: 32767 }, weights);
      }
    };

    const codes = run(rounded(single), silent, { ...batch, bags });
    const floats = run(single, alreadyRounded, { ...batch, bags });

    expect(codes.gradients.tables).toEqual(floats.gradients.tables);
    expect(codes.loss).toBe(floats.loss);
  });

  test("is off by no more than half a step for each factor of a product", () => {
    const unchanged = (): void => undefined;

    const [codes, floats] = [run(rounded(base), unchanged), run(base, unchanged)];

    expect(codes.probabilities).not.toEqual(floats.probabilities);
    // Vectors stay below 4, so a product of 3 terms moves by less than 3 · 2 · 4 · (4/32767/2), three products through
    // weights below 2 in two layers of at most 6, and a sigmoid of slope 1/4.
    const bound = (3 * 2 * 4 * (4 / 32767 / 2) * 3 * 2 * 6 * 2) / 4;
    codes.probabilities.forEach((p, i) => {
      expect(Math.abs(p - floats.probabilities[i])).toBeLessThan(bound);
    });
  });

  test("gives the bottom output to the top as it is", () => {
    // Without tables' vectors there are no products: what is left is the bottom output beside them.
    const alone = (state: ModelState): void => {
      for (const { weights } of state.tables) weights.fill(0);
    };

    expect(run(rounded(base), alone).probabilities).toEqual(run(base, alone).probabilities);
  });

  test("is refused for an interaction without products", () => {
    const cat = rounded(PLAN_MODELS["FP32, adagrad, cat"]);

    expect(() => compileTraining(cat, planState(cat), kernels, { maxBatch: 2 })).toThrow(
      'model spec: interaction.bits is cat, expected kind "dot" beside it',
    );
  });
});
