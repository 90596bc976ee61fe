import { describe, expect, test } from "vitest";
import { packedPlanModel } from "../../src/conformance/packed-plan-model.ts";
import { planBatches, planState } from "../../src/conformance/plan-models.ts";
import {
  compileInference,
  compileTraining,
  createRandom,
  createRowGradient,
  jaggedFrom,
  packTable,
  storedRows,
  storeRows,
  type Batch,
  type FeatureSpec,
  type Jagged,
  type LayerState,
  type ModelSpec,
  type ModelState,
  type OptimizerSpec,
  type PackedLayer,
  type PackedModel,
  type RowGradient,
} from "../../src/index.ts";
import { createFeature } from "../../src/plan/feature/create-feature.ts";
import type { Feature } from "../../src/plan/feature/feature.ts";
import robeGolden from "../golden/robe.json" with { type: "json" };
import { COLS, COMPRESSIONS, compressedSpec, QUANTIZATIONS, ROWS } from "./compressed-models.ts";
import { kernels } from "./small-model.ts";

const OPTIONS = { maxBatch: 8 };

/** Three samples with bags of several lengths: an index twice, none, and weights. */
const weightedBags: Jagged = {
  ...jaggedFrom([[0, 7, 7], [], [11, 3, 0, 5]]),
  weights: Float32Array.of(1, 0.5, -2, 1, 0.25, 2, -1),
};

function batchOf(...bags: readonly Jagged[]): Batch {
  const random = createRandom({ seed: 4, stream: 0 });
  const size = bags[0].offsets.length - 1;
  const dense = Float32Array.from({ length: size * 4 }, () => random.normal());
  return { size, dense, labels: Float32Array.from({ length: size }, (_, b) => b % 2), bags };
}

const batches: readonly Batch[] = [
  ...planBatches(),
  batchOf(weightedBags, weightedBags),
  batchOf(jaggedFrom([[], []]), jaggedFrom([[], []])),
];

/** Tables that exist as codes only start like the others, rounded. */
function firstState(spec: ModelSpec): ModelState {
  const state = planState(spec);
  spec.tables.forEach(({ cols, quantization, rows }, t) => {
    if (quantization.kind !== "stored") return;
    const random = createRandom({ seed: 6, stream: t });
    const weights = Float32Array.from({ length: rows * cols }, () => 0.5 * random.normal());
    storeRows(quantization, weights, storedRows({ rows, cols, quantization }, state.tables[t]), 0);
  });
  return state;
}

function packed(spec: ModelSpec, state: ModelState): PackedModel {
  const tables = spec.tables.map((table, t) => packTable(table, state.tables[t], kernels));
  const layers = ({ bias, weight }: LayerState): PackedLayer => ({ bias, weight });
  return {
    ...packedPlanModel(spec),
    tables,
    bottom: state.bottom.map(layers),
    top: state.top.map(layers),
    projections: state.projections.map(layers),
  };
}

/** Opens the first feature of a model alone, over the float weights of a state. */
function openFeature(spec: ModelSpec, state: ModelState): Feature {
  const tables = state.tables.map(({ weights }) => weights);
  return createFeature(
    {
      spec,
      kernels,
      maxBatch: OPTIONS.maxBatch,
      poolingWeights: tables.map(() => new Float32Array(0)),
      readRows: undefined,
      lookup: (table, pooling, placement) => {
        const { cols, rows } = spec.tables[table];
        const bag = kernels.prepare("embeddingBag", { cols, pooling, ...placement });
        return (bags, dst, size) => {
          bag(tables[table], rows, bags, dst, 0, size);
        };
      },
    },
    spec.features[0],
    { stride: COLS + 1, offset: 1 },
    state.projections.at(0),
  );
}

function dense({ cols, count, rows, values }: RowGradient, length: number): Float32Array {
  const all = new Float32Array(length);
  for (let k = 0; k < count; k++) all.set(values.subarray(k * cols, (k + 1) * cols), rows[k] * cols);
  return all;
}

describe.each(Object.entries(COMPRESSIONS))("a %s feature", (_name, compression) => {
  test.each(["sum", "mean"] as const)("passes back the gradient that differences show, %s", (pooling) => {
    const [feature, ...shapes] = compression;
    const spec = compressedSpec([{ ...feature, pooling }, ...shapes], { kind: "none" });
    const state = planState(spec);
    const opened = openFeature(spec, state);
    const size = 3;
    const vectors = new Float32Array(size * (COLS + 1));
    const dvectors = Float32Array.from({ length: vectors.length }, (_unused, i) => ((i * 5) % 7) - 3);
    // The loss is Σ dvectors · vectors: linear in every single weight, so that a difference of any width is its slope.
    const loss = (): number => {
      opened.forward(weightedBags, vectors, size);
      let sum = 0;
      for (let b = 0; b < size; b++) {
        for (let c = 1; c <= COLS; c++) sum += vectors[b * (COLS + 1) + c] * dvectors[b * (COLS + 1) + c];
      }
      return sum;
    };
    const gradients = {
      tables: spec.tables.map(({ cols }) => createRowGradient(cols, 0)),
      poolingWeights: spec.tables.map(() => createRowGradient(1, 0)),
      projection: state.projections.at(0) && {
        weight: new Float32Array(2 * COLS),
        bias: new Float32Array(0),
      },
    };

    loss();
    opened.backward(weightedBags, dvectors, size, gradients);

    shapes.forEach((_shape, t) => {
      const { weights } = state.tables[t];
      const found = dense(gradients.tables[t], weights.length);
      weights.forEach((weight, i) => {
        weights[i] = weight + 1;
        const [high, above] = [weights[i], loss()];
        weights[i] = weight - 1;
        const slope = (above - loss()) / (high - weights[i]);
        weights[i] = weight;
        // Vectors of at most 2^8, each of some ten rounded operations.
        expect(Math.abs(found[i] - slope)).toBeLessThan(2 ** 8 * 2 ** -20);
      });
      expect(found.some((value) => value !== 0)).toBe(true);
    });
  });

  test.each([-1, ROWS, 2 ** 30])("refuses index %i", (index) => {
    const spec = compressedSpec(compression, { kind: "none" });
    const plan = compileTraining(spec, planState(spec), kernels, OPTIONS);

    expect(() => plan.step(batchOf(jaggedFrom([[0, index]]), jaggedFrom([[0]])), 0.1)).toThrow(
      /index -?\d+ at position/,
    );
  });

  describe.each(Object.entries(QUANTIZATIONS))("with %s", (_quantization, quantization) => {
    const spec = compressedSpec(compression, quantization);

    test("is served as it was trained, bit for bit", () => {
      const state = firstState(spec);
      const training = compileTraining(spec, state, kernels, OPTIONS);
      training.step(batches[0], 0.1);
      training.infer(batches[0], new Float32Array(batches[0].size));
      const serving = compileInference(packed(spec, state), kernels, OPTIONS);

      for (const batch of batches) {
        const [trained, served] = [new Float32Array(batch.size), new Float32Array(batch.size)];
        training.infer(batch, trained);
        serving.infer(batch, served);
        expect(served).toEqual(trained);
      }
    });

    test("has the gradient of a float model that holds the rows which are seen", () => {
      const state = firstState(spec);
      const seen = compressedSpec(compression, { kind: "none" });
      const plan = compileTraining(spec, state, kernels, OPTIONS);
      const batch = batchOf(weightedBags, weightedBags);
      const loss = plan.forwardBackward(batch);
      const seenState = {
        ...planState(seen),
        bottom: state.bottom,
        top: state.top,
        projections: state.projections,
      };
      packed(spec, state).tables.forEach((table, t) => {
        const { weights } = seenState.tables[t];
        if (table instanceof Float32Array) weights.set(table);
        else kernels.prepare("dequantizeRows", table.format)(table, weights, 0, table.rows);
      });
      const floatPlan = compileTraining(seen, seenState, kernels, OPTIONS);

      expect(loss).toBe(floatPlan.forwardBackward(batch));
      expect(plan.gradients.tables).toEqual(floatPlan.gradients.tables);
    });

    test.each([
      { kind: "sgd" },
      { kind: "adagrad", epsilon: 1e-3 },
      { kind: "rowwise-adagrad", epsilon: 1e-3 },
    ] satisfies OptimizerSpec[])("learns a batch by $kind", (optimizer) => {
      const learning = { ...spec, optimizer };
      const plan = compileTraining(learning, firstState(learning), kernels, OPTIONS);
      const batch = batchOf(weightedBags, weightedBags);

      const losses = Array.from({ length: 200 }, () => plan.step(batch, 0.05));

      expect(Math.min(...losses.slice(-20))).toBeLessThan(0.7 * losses[0]);
    });
  });
});

describe("the authors' robe", () => {
  test.each(robeGolden.cases)("gives their vectors and gradients, m $m, Z $Z, D $D, offset $off", (c) => {
    const feature = {
      kind: "robe",
      table: 0,
      rows: c.n,
      blockCols: c.Z,
      hash: "reference",
      keyOffset: c.off,
      seed: 0,
      signs: false,
      pooling: "sum",
    } as const;
    const small = compressedSpec([feature, [c.m, 1]], { kind: "none" });
    const spec = { ...small, bottom: [{ inputs: 4, outputs: c.D, activation: "relu" as const }] };
    const weights = Float32Array.from(robeGolden.w.slice(0, c.m));
    const size = c.idx.length;
    const bag = kernels.prepare("embeddingBag", { cols: 1, pooling: "sum", stride: 1, offset: 0 });
    const opened = createFeature(
      {
        spec,
        kernels,
        maxBatch: size,
        poolingWeights: [],
        readRows: undefined,
        lookup: () => (bags, dst, count) => {
          bag(weights, c.m, bags, dst, 0, count);
        },
      },
      feature,
      { stride: c.D, offset: 0 },
      undefined,
    );
    const bags = jaggedFrom(c.idx.map((x) => [x]));
    const vectors = new Float32Array(size * c.D);
    const gradient = createRowGradient(1, 0);

    opened.forward(bags, vectors, size);
    opened.backward(bags, Float32Array.from(c.g.flat()), size, {
      tables: [gradient],
      poolingWeights: [createRowGradient(1, 0)],
      projection: undefined,
    });

    expect([...vectors]).toEqual(c.y.flat());
    // The fixture sums in doubles; here at most 4 numbers below 4 meet in a cell, each sum rounded to f32.
    dense(gradient, c.m).forEach((value, cell) => {
      expect(Math.abs(value - c.gw[cell])).toBeLessThanOrEqual(4 * 4 * 4 * 2 ** -24);
    });
  });
});

describe("a table that two features read", () => {
  const lookup = (table: number): FeatureSpec => ({ kind: "table", table, pooling: "sum" });
  const apart = compressedSpec([lookup(0), [ROWS, COLS]], { kind: "none" });
  const together: ModelSpec = { ...apart, tables: [apart.tables[0]], features: [lookup(0), lookup(0)] };

  test("gets the sum of the gradients that two equal tables get, first rows first", () => {
    const state = planState(apart);
    state.tables[1].weights.set(state.tables[0].weights);
    const shared = planState(together);
    for (const part of ["bottom", "top"] as const) {
      shared[part].forEach(({ bias, weight }, k) => {
        weight.set(state[part][k].weight);
        bias.set(state[part][k].bias);
      });
    }
    const plans = [
      compileTraining(apart, state, kernels, OPTIONS),
      compileTraining(together, shared, kernels, OPTIONS),
    ];
    const batch = batchOf(jaggedFrom([[4, 2], [4], [9]]), jaggedFrom([[2], [7, 7], []]));

    const losses = plans.map((plan) => plan.forwardBackward(batch));

    const [first, second] = plans[0].gradients.tables.map((g) => dense(g, ROWS * COLS));
    const [joined] = plans[1].gradients.tables;
    expect(losses[1]).toBe(losses[0]);
    expect(dense(joined, ROWS * COLS)).toEqual(first.map((value, i) => value + second[i]));
    expect([...joined.rows.subarray(0, joined.count)]).toEqual([4, 2, 9, 7]);
  });
});

describe("a model spec with a compressed feature", () => {
  const none = { kind: "none" } as const;
  const spec = (name: keyof typeof COMPRESSIONS, change: object): ModelSpec => {
    const right = compressedSpec(COMPRESSIONS[name], none);
    const changed = { ...right.features[0], ...change };
    return { ...right, features: [changed, right.features[1]] };
  };
  const weighted = (name: string): ModelSpec => {
    const right = compressedSpec(COMPRESSIONS[name], none);
    return { ...right, tables: right.tables.map((t) => ({ ...t, poolingWeights: "fixed" as const })) };
  };

  test.each([
    [spec("hashed", { rows: 0 }), "features[0].rows is 0, expected an integer in [1, 2147483647]"],
    [spec("hashed", { seed: 1.5 }), "row hash: seed is 1.5, expected an integer in [0, 2^32)"],
    [spec("hashed", { table: 9 }), "features[0] table is 9, expected an integer in [0, 1]"],
    [
      spec("robe with signs", { blockCols: 3 }),
      "robe mapping: blockCols is 3, expected a divisor of the 4 columns",
    ],
    [
      spec("robe with signs", { blockCols: 4 }),
      "width of tables[0], which features[0] shares is 2, expected 4",
    ],
    [
      spec("robe with signs", { keyOffset: Number.MAX_SAFE_INTEGER }),
      "features[0].keyOffset is 9007199254740991, expected an integer in [0, 9007199254740979]",
    ],
    [spec("tensor train", { rows: 13 }), "features[0].rows is 13, expected an integer in [1, 12]"],
    [spec("tensor train", { dims: [4, 1, 2] }), "width of features[0] is 8, expected 4"],
    [spec("tensor train", { rank: 2 }), "width of core 0 of features[0] is 6, expected 4"],
    [spec("tensor train", { tables: [0, 0, 2] }), "different tables of features[0] is 2, expected 3"],
    [
      weighted("robe with signs"),
      "pooling weights of tables[0], whose rows stand for no category is 1, expected 0",
    ],
    [
      weighted("tensor train"),
      "pooling weights of tables[0], whose rows stand for no category is 1, expected 0",
    ],
  ])("is refused when its parts do not fit, case %#", (wrong, message) => {
    expect(() => compileTraining(wrong, planState(wrong), kernels, OPTIONS)).toThrow(message);
  });
});
