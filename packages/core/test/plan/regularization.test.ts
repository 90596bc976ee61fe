import { describe, expect, test } from "vitest";
import {
  compileTraining,
  type Batch,
  type ModelSpec,
  type ModelState,
  type Regularization,
} from "../../src/index.ts";
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
const [batch] = batches;

const regularized = (regularization: Partial<Regularization>, spec: ModelSpec = base): ModelSpec => ({
  ...spec,
  regularization: { l2: 0, dropout: { rate: 0, seed: 0 }, ...regularization },
});

const start = (spec: ModelSpec, step = 0) => {
  const state = planState(spec);
  state.step = step;
  return { state, plan: compileTraining(spec, state, kernels, options) };
};

/** Distance of a central difference, and what it may be off: its own truncation, and the rounding of f32 activations. */
const EPSILON = 2 ** -6;
const tolerance = 4 * EPSILON ** 2 + 2 ** -22 / EPSILON;

/** Differentiates a loss numerically by a few weights of each parameter that training changes. */
const slopes = (state: ModelState, loss: () => number): readonly number[] =>
  Object.values(planParameters(state)).flatMap((values) =>
    [0, 5, values.length - 1]
      .filter((at) => at >= 0 && at < values.length)
      .map((at) => {
        const before = values[at];
        values[at] = before + EPSILON;
        const above = loss();
        values[at] = before - EPSILON;
        const below = loss();
        values[at] = before;
        return (above - below) / (2 * EPSILON);
      }),
  );

/** What one step of SGD with rate 1 takes off the same weights: their gradient. */
const stepTaken = (spec: ModelSpec, step = 0): readonly number[] => {
  const before = planParameters(start(spec, step).state);
  const { plan, state } = start(spec, step);
  plan.step(batch, 1);
  const after = planParameters(state);
  return Object.entries(before).flatMap(([name, values]) =>
    [0, 5, values.length - 1]
      .filter((at) => at >= 0 && at < values.length)
      .map((at) => values[at] - after[name][at]),
  );
};

describe("dropout", () => {
  const dropout = (rate: number, seed = 7): ModelSpec => regularized({ dropout: { rate, seed } });

  test("has the gradient of the loss that it gives, by central differences", () => {
    const spec = dropout(0.5);
    const { plan, state } = start(spec, 3);

    const expected = slopes(state, () => {
      plan.reload();
      return plan.forwardBackward(batch);
    });

    stepTaken(spec, 3).forEach((gradient, i) => {
      expect(Math.abs(gradient - expected[i])).toBeLessThan(tolerance);
    });
  });

  test("drops nothing in inference", () => {
    const [dropped, whole] = [new Float32Array(PLAN_BATCH), new Float32Array(PLAN_BATCH)];

    start(dropout(0.9)).plan.infer(batch, dropped);
    start(base).plan.infer(batch, whole);

    expect(dropped).toEqual(whole);
  });

  test("drops the same at the same seed and step, whatever the plan's largest batch", () => {
    const spec = dropout(0.5);
    const wider = compileTraining(spec, planState(spec), kernels, { maxBatch: 50 });

    expect(wider.forwardBackward(batch)).toBe(start(spec).plan.forwardBackward(batch));
  });

  test("drops of a part of a batch what it drops of the whole", () => {
    const spec = dropout(0.5);
    const whole = start(spec).plan;
    whole.forwardBackward(batch);
    const { size } = batch;
    const part = (begin: number, end: number): Batch => ({
      size: end - begin,
      firstSample: begin,
      dense: batch.dense.subarray(4 * begin, 4 * end),
      labels: batch.labels.subarray(begin, end),
      bags: batch.bags.map(({ indices, offsets }) => {
        const [first] = offsets.subarray(begin);
        return {
          indices: indices.subarray(first),
          offsets: offsets.slice(begin, end + 1).map((o) => o - first),
        };
      }),
    });

    const gradients = [part(0, 3), part(3, size)].map((samples) => {
      const { plan } = start(spec);
      plan.forwardBackward(samples);
      return plan.gradients.top[1].weight.map((g) => (g * samples.size) / size);
    });

    whole.gradients.top[1].weight.forEach((expected, i) => {
      // The shares of two sums of at most seven terms below 4, each rounded to f32.
      expect(Math.abs(gradients[0][i] + gradients[1][i] - expected)).toBeLessThan(7 * 4 * 2 ** -24);
    });
  });

  test("drops something else at another step and under another seed", () => {
    const losses = [start(dropout(0.5)), start(dropout(0.5), 1), start(dropout(0.5, 8))].map(({ plan }) =>
      plan.forwardBackward(batch),
    );

    expect(new Set(losses).size).toBe(3);
  });

  test("drops the share that its rate says, and keeps the mean", () => {
    const rate = 0.3;
    const wide = 4000;
    const samples = PLAN_BATCH;
    // Hidden activations of 1, each with weight 1/wide: the logit is the mean of what dropout leaves.
    const top = [
      { inputs: 6, outputs: wide, activation: "relu" },
      { inputs: wide, outputs: 1, activation: "none" },
    ] as const;
    const spec = { ...dropout(rate), top };
    const state = planState(base);
    const layer = { weightOptimizer: new Float32Array(0), biasOptimizer: new Float32Array(0) };
    const hidden = { ...layer, weight: new Float32Array(6 * wide), bias: new Float32Array(wide).fill(1) };
    const last = { ...layer, weight: new Float32Array(wide).fill(1 / wide), bias: new Float32Array(1) };
    const plan = compileTraining(spec, { ...state, top: [hidden, last] }, kernels, options);

    plan.forwardBackward({ ...batch, labels: new Float32Array(samples) });

    // The gradient of the last bias is mean sigmoid(logit); that of a hidden bias is 0 where every sample dropped it.
    const [mean] = plan.gradients.top[1].bias;
    const sigmoid = 1 / (1 + Math.exp(-1));
    // Five deviations of a mean of wide × samples kept-or-not variables, and the curvature of the sigmoid over the logits'.
    const deviation = Math.sqrt(rate / (1 - rate) / wide);
    expect(Math.abs(mean - sigmoid)).toBeLessThan(
      5 * 0.25 * (deviation / Math.sqrt(samples)) + deviation ** 2,
    );
    const never = plan.gradients.top[0].bias.filter((gradient) => gradient === 0).length / wide;
    const expected = rate ** samples;
    expect(Math.abs(never - expected)).toBeLessThan(5 * Math.sqrt(expected / wide));
  });
});

describe("L2", () => {
  const l2 = 0.125;

  test("adds the gradient of half its factor times the squares of touched rows and weights, by central differences", () => {
    const spec = regularized({ l2 });
    const { plan, state } = start(base);
    const penalized = (): number => {
      plan.reload();
      const loss = plan.forwardBackward(batch);
      const rowsOf = plan.gradients.tables.flatMap(({ cols, count: n, rows: r }, t) =>
        [...r.subarray(0, n)].map((row) => state.tables[t].weights.subarray(row * cols, (row + 1) * cols)),
      );
      const weights = [...state.bottom, ...state.top].map(({ weight }) => weight);
      const squares = [...rowsOf, ...weights].map((values) => values.reduce((sum, w) => sum + w * w, 0));
      return loss + (l2 / 2) * squares.reduce((sum, square) => sum + square, 0);
    };
    const expected = slopes(state, penalized);

    stepTaken(spec).forEach((gradient, i) => {
      expect(Math.abs(gradient - expected[i])).toBeLessThan(tolerance);
    });
  });

  test("leaves rows that the batch did not touch, and all biases, to the loss alone", () => {
    const [with2, without] = [start(regularized({ l2 })), start(base)];
    const before = planState(base);
    const rowsOf = (t: number): Set<number> => {
      const { count, rows } = without.plan.gradients.tables[t];
      return new Set(rows.subarray(0, count));
    };

    with2.plan.step(batch, 1);
    without.plan.step(batch, 1);

    const [first] = with2.state.tables;
    const untouched = Array.from({ length: 11 }, (_, row) => row).filter((row) => !rowsOf(0).has(row));
    expect(untouched.length).toBeGreaterThan(0);
    for (const row of untouched) {
      expect(first.weights.subarray(3 * row, 3 * row + 3)).toEqual(
        before.tables[0].weights.subarray(3 * row, 3 * row + 3),
      );
    }
    expect(with2.state.bottom.map(({ bias }) => bias)).toEqual(without.state.bottom.map(({ bias }) => bias));
  });

  test("counts once for a row that came up several times", () => {
    const bags = batch.bags.map(({ offsets }) => ({ offsets, indices: new Int32Array(offsets[batch.size]) }));
    const repeated = { ...batch, bags };
    const [with2, without] = [start(regularized({ l2 })), start(base)];
    const [w] = planState(base).tables[0].weights;

    with2.plan.step(repeated, 1);
    without.plan.step(repeated, 1);

    const difference = without.state.tables[0].weights[0] - with2.state.tables[0].weights[0];
    // Three roundings to f32 of numbers not above 1.
    expect(Math.abs(difference - l2 * w)).toBeLessThan(3 * 2 ** -24);
  });

  test("counts once when a refused step is tried again", () => {
    const [tried, plain] = [start(regularized({ l2 })), start(regularized({ l2 }))];
    tried.plan.forwardBackward(batch);
    expect(() => {
      tried.plan.apply(Number.NaN);
    }).toThrow("learningRate is NaN");

    tried.plan.apply(0.5);
    plain.plan.step(batch, 0.5);

    expect(planParameters(tried.state)).toEqual(planParameters(plain.state));
  });

  test("shrinks the masters of a quantized table, not their codes", () => {
    const int4 = PLAN_MODELS["INT4, sgd, dot"];
    const [with2, without] = [start(regularized({ l2 }, int4)), start(int4)];
    const before = planState(int4).tables[0].weights;

    with2.plan.step(batch, 1);
    without.plan.step(batch, 1);

    const { count, rows } = without.plan.gradients.tables[0];
    const at = 3 * rows[count - 1] + 1;
    const difference = without.state.tables[0].weights[at] - with2.state.tables[0].weights[at];
    expect(Math.abs(difference - l2 * before[at])).toBeLessThan(3 * 2 ** -24);
  });

  test("reaches the weights of projections, which are layers too", () => {
    const projected = PLAN_MODELS["quotient-remainder and projected features"];
    const [with2, without] = [start(regularized({ l2 }, projected)), start(projected)];
    const before = planState(projected).projections[0].weight;

    with2.plan.step(batch, 1);
    without.plan.step(batch, 1);

    before.forEach((w, i) => {
      const [a, b] = [with2, without].map(({ state }) => state.projections[0].weight[i]);
      // Three roundings to f32 of numbers not above 4.
      expect(Math.abs(b - a - l2 * w)).toBeLessThan(3 * 2 ** -22);
    });
  });
});
