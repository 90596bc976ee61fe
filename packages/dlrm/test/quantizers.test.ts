import {
  allocateModelState,
  allocateTableState,
  compileTraining,
  createArena,
  createKernels,
  createRandom,
  packTable,
  reference,
  type ModelSpec,
  type ModelState,
  type PackedRows,
  type TableQuantization,
  type TrainingPlan,
} from "@dqrm/core";
import { createDorefa, createLsq, dequantizeTable } from "@dqrm/quant";
import { describe, expect, test } from "vitest";
import { readBaselines } from "./golden-run.ts";
import { randomBatch, randomState, smallSpec } from "./model-cases.ts";

const kernels = createKernels([reference]);
const RATE = 0.5;

function packed(spec: ModelSpec, state: ModelState): PackedRows {
  const table = packTable(spec.tables[0], state.tables[0], kernels);
  if (table instanceof Float32Array) throw new Error("the table is served in floats");
  return table;
}

function trained(quantization: TableQuantization): {
  readonly spec: ModelSpec;
  readonly state: ModelState;
  readonly plan: TrainingPlan;
} {
  const spec = smallSpec([quantization]);
  const state = randomState(spec, 3);
  const plan = compileTraining(spec, state, kernels, { maxBatch: 9 });
  return { spec, state, plan };
}

describe("LSQ as a plan trains it is LSQ as @dqrm/quant has it", () => {
  const quantization = { kind: "learned-step", bits: 4, step: { kind: "gradient" } } as const;

  test("the first step, the rows that are seen and the gradients of rows and step agree", () => {
    const { plan, spec, state } = trained(quantization);
    const { cols, rows } = spec.tables[0];
    const { scale, weights } = state.tables[0];
    // A few weights beyond the codes, so that some gradients are taken away.
    for (let i = 0; i < weights.length; i += 13) weights[i] *= 20;
    plan.reload();

    plan.forwardBackward(randomBatch(spec, 9, 4));

    const { count, rows: touched, values } = plan.gradients.tables[0];
    const options = { bits: 4, cols, granularity: "table" } as const;
    const whole = createLsq({ ...options, rows, gradientElements: rows * cols });
    whole.initialize(weights);
    expect(scale[0]).toBe(whole.scale[0]);
    const seen = new Float32Array(rows * cols);
    whole.forward(weights, seen, 0, rows);
    // Both round w/s to a code; the plan multiplies by 1/s, as packed tables do, which may differ in a code only at a tie.
    expect(dequantizeTable(packed(spec, state))).toEqual(seen);

    const lsq = createLsq({ ...options, rows: count, gradientElements: count * cols });
    lsq.scale[0] = scale[0];
    const masters = Float32Array.from({ length: count * cols }, (_, i) => {
      return weights[touched[Math.floor(i / cols)] * cols + (i % cols)];
    });
    const gradient = values.slice(0, count * cols);
    const scaleGradient = new Float32Array(1);
    lsq.backward(masters, gradient, scaleGradient, 0, count);
    expect(gradient.some((g, i) => g === 0 && values[i] !== 0)).toBe(true);
    const expectedStep = scale[0] - RATE * scaleGradient[0];
    const expectedRows = masters.map((w, i) => w - RATE * gradient[i]);

    plan.apply(RATE);

    // The slope round(x) − x is taken at x = w·(1/s) here and at w/s there: within 2 units in the last place of x <= 8.
    const slopes = masters.length * 16 * 2 ** -23 * Math.max(...gradient.map(Math.abs));
    expect(Math.abs(scale[0] - expectedStep)).toBeLessThanOrEqual(RATE * slopes + 2 ** -23 * scale[0]);
    const rowsAfter = masters.map((_, i) => weights[touched[Math.floor(i / cols)] * cols + (i % cols)]);
    expect(rowsAfter).toEqual(expectedRows);
  });
});

describe("DoReFa as a plan sees it is DoReFa as @dqrm/quant has it", () => {
  test.each([
    ["table", "absmax"],
    ["unit", "unit"],
  ] as const)("range %s", (range, output) => {
    const spec = smallSpec([{ kind: "dorefa", bits: 4, range, refresh: { kind: "every-step" } }]);
    const state = allocateModelState(spec, createArena(1 << 16));
    const { weights } = state.tables[0];
    const random = createRandom({ seed: 9, stream: 0 });
    for (let i = 0; i < weights.length; i++) weights[i] = 0.2 * random.normal();
    const expected = new Float32Array(weights.length);
    createDorefa({ bits: 4, output }).forward(weights, expected);

    const seen = dequantizeTable(packed(spec, state));

    // The same steps, written as code·(2a/15) − a instead of (2·code/15 − 1)·a: three roundings of numbers up to 2a.
    const bound = output === "unit" ? 1 : Math.max(...weights.map(Math.abs));
    seen.forEach((weight, i) => {
      expect(Math.abs(weight - expected[i])).toBeLessThanOrEqual(3 * 2 ** -23 * bound);
    });
  });
});

describe("the authors' modules, in PyTorch", () => {
  const golden = readBaselines();
  const { x } = golden.quantizer;
  /** The bound that the project set for these fixtures: they were computed in f32 by another library. */
  const BOUND = 1e-6;

  function packedGolden(quantization: TableQuantization): PackedRows {
    const table = {
      name: "item",
      rows: x.length,
      cols: x[0].length,
      quantization,
      poolingWeights: "none",
    } as const;
    const state = allocateTableState(table, { kind: "sgd" }, createArena(1 << 12));
    state.weights.set(x.flat());
    const rows = packTable(table, state, kernels);
    if (rows instanceof Float32Array) throw new Error("the table is served in floats");
    return rows;
  }

  function expectNear(actual: Float32Array, expected: readonly number[]): void {
    expect(actual.length).toBe(expected.length);
    expected.forEach((value, i) => {
      expect(Math.abs(actual[i] - value)).toBeLessThanOrEqual(BOUND);
    });
  }

  test("LSQ starts from their step and sees their weights", () => {
    const rows = packedGolden({ kind: "learned-step", bits: 4, step: { kind: "gradient" } });

    expectNear(rows.scale, [golden.lsq_pt.s]);
    expectNear(dequantizeTable(rows), golden.lsq_pt.y.flat());
  });

  test.each([2, 4, 8] as const)("DoReFa onto the unit range sees their weights of %d bits", (bits) => {
    const rows = packedGolden({ kind: "dorefa", bits, range: "unit", refresh: { kind: "every-step" } });

    expectNear(dequantizeTable(rows), golden.dorefa[bits].flat());
  });
});
