import { describe, expect, test } from "vitest";
import {
  compileInference,
  compileTraining,
  type ModelState,
  type OptimizerSpec,
  type TableQuantization,
} from "../../../src/index.ts";
import { kernels, packState, richBatches, richPlan, richSpec, richState } from "./trained-model.ts";

const everyStep = { kind: "every-step" } as const;
const periodic = { kind: "periodic", periodSteps: 3 } as const;

const QUANTIZATIONS: readonly TableQuantization[] = [
  { kind: "none" },
  { kind: "fake", bits: 4, granularity: { kind: "table" }, refresh: everyStep },
  { kind: "fake", bits: 3, granularity: { kind: "table" }, refresh: periodic },
  { kind: "fake", bits: 4, granularity: { kind: "row" }, refresh: everyStep },
  { kind: "fake", bits: 8, granularity: { kind: "group", groupCols: 3 }, refresh: everyStep },
  { kind: "learned-step", bits: 4, step: { kind: "relative", rate: 0.05 } },
  { kind: "learned-step", bits: 2, step: { kind: "gradient" } },
  {
    kind: "dead-zone",
    bits: 4,
    threshold: { kind: "relative", fraction: 1 / 14 },
    levels: "log",
    refresh: everyStep,
  },
  {
    kind: "dead-zone",
    bits: 2,
    threshold: { kind: "absolute", value: 0.3 },
    levels: "uniform",
    refresh: periodic,
  },
  {
    kind: "dead-zone",
    bits: 8,
    threshold: { kind: "frequency", minTouches: 2, fraction: 0.1 },
    levels: "uniform",
    refresh: everyStep,
  },
  {
    kind: "dead-zone",
    bits: 32,
    threshold: { kind: "relative", fraction: 0.2 },
    levels: "log",
    refresh: everyStep,
  },
  {
    kind: "dead-zone",
    bits: 32,
    threshold: { kind: "frequency", minTouches: 3, fraction: 0 },
    levels: "log",
    refresh: { kind: "once" },
  },
  { kind: "dorefa", bits: 4, range: "table", refresh: everyStep },
  { kind: "dorefa", bits: 1, range: "table", refresh: periodic },
  { kind: "dorefa", bits: 8, range: "unit", refresh: { kind: "once" } },
];

const OPTIMIZERS: readonly OptimizerSpec[] = [
  { kind: "sgd" },
  { kind: "adagrad", epsilon: 1e-10 },
  { kind: "rowwise-adagrad", epsilon: 1e-10 },
];

const cases = QUANTIZATIONS.flatMap((quantization) =>
  OPTIMIZERS.map((optimizer) => ({ quantization, optimizer })),
);

const arraysOf = (state: ModelState): unknown =>
  // A range holds upper bounds until somebody asks, so that it depends on when a plan was compiled.
  state.tables.map(({ optimizer, poolingWeights, scale, touches, weights }) => [
    optimizer,
    poolingWeights,
    scale,
    touches,
    weights,
  ]);

describe.each(cases)("$quantization trained with $optimizer.kind", ({ optimizer, quantization }) => {
  const spec = richSpec(quantization, optimizer);
  const batches = richBatches(6);
  const rate = optimizer.kind === "sgd" ? 0.5 : 0.05;

  test("the packed tables give the probabilities of the training plan, bit for bit", () => {
    const state = richState(spec);
    const plan = richPlan(spec, state);

    for (const batch of batches) {
      plan.step(batch, rate);
      const [trained, served] = [new Float32Array(8), new Float32Array(8)];
      plan.infer(batch, trained);
      compileInference(packState(spec, state), kernels, { maxBatch: 8 }).infer(batch, served);
      expect(served).toEqual(trained);
    }
  });

  test("a table that never trained is packed as the plan infers over it", () => {
    const state = richState(spec);
    const packed = packState(spec, state);
    const [trained, served] = [new Float32Array(8), new Float32Array(8)];

    compileTraining(spec, state, kernels, { maxBatch: 8 }).infer(batches[0], trained);
    compileInference(packed, kernels, { maxBatch: 8 }).infer(batches[0], served);

    expect(served).toEqual(trained);
  });

  test("a plan that goes on from the arrays of another ends with the same bits", () => {
    const [whole, resumed] = [richState(spec), richState(spec)];
    const plan = richPlan(spec, whole);
    for (const batch of batches) plan.step(batch, rate);
    const first = richPlan(spec, resumed);
    for (const batch of batches.slice(0, 4)) first.step(batch, rate);

    const second = richPlan(spec, resumed);
    for (const batch of batches.slice(4)) second.step(batch, rate);

    expect(arraysOf(resumed)).toEqual(arraysOf(whole));
  });
});
