import type { Batch } from "../format/batch.ts";
import { createArena } from "../format/arena.ts";
import { bagCount, jaggedFrom } from "../format/jagged.ts";
import type {
  DeadZoneThreshold,
  FeatureSpec,
  ModelSpec,
  ScaleRefresh,
  TableQuantization,
  TableSpec,
} from "../plan/model-spec.ts";
import { allocateModelState, type LayerState, type ModelState } from "../plan/model-state.ts";
import { COMPRESSED_PLAN_MODELS } from "./compressed-plan-models.ts";
import { createRandom, type Random } from "../random/random.ts";

/** Largest batch of the models that the kit compiles. */
export const PLAN_BATCH = 7;

const ROWS = 11;
const COLS = 3;

/** Two tables with one feature each: one of single indices, one of bags. */
const base: ModelSpec = {
  denseFeatures: 4,
  tables: [table("first", { kind: "none" }), table("second", { kind: "none" })],
  features: [lookup(0, "sum"), lookup(1, "mean")],
  bottom: [
    { inputs: 4, outputs: 5, activation: "relu" },
    { inputs: 5, outputs: COLS, activation: "relu" },
  ],
  interaction: { kind: "dot", itself: false },
  top: [
    { inputs: COLS + 3, outputs: 6, activation: "relu" },
    { inputs: 6, outputs: 1, activation: "none" },
  ],
  linearQuantization: { kind: "none" },
  loss: { kind: "bce", threshold: 0, weights: [1, 1] },
  optimizer: { kind: "sgd" },
};

// An epsilon that keeps a step smooth in a gradient near zero, where rounding errors would decide its sign.
const adagrad = { kind: "adagrad", epsilon: 0.01 } as const;
const rowwise = { kind: "rowwise-adagrad", epsilon: 0.01 } as const;
const perTable = (bits: 2 | 4 | 8): TableQuantization => fake(bits, "table", { kind: "every-step" });

/** Lists the models that the kit compiles, by name. */
export const PLAN_MODELS: Readonly<Record<string, ModelSpec>> = {
  "FP32, sgd, dot": base,
  "FP32, adagrad, cat": { ...base, optimizer: adagrad, ...cat() },
  "FP32, rowwise-adagrad, dot with itself": { ...base, optimizer: rowwise, ...withItself() },
  "INT8, sgd, dot": quantized(base, perTable(8)),
  "INT4, sgd, dot": quantized(base, perTable(4)),
  "INT4, adagrad, cat": quantized({ ...base, optimizer: adagrad, ...cat() }, perTable(4)),
  "INT4, rowwise-adagrad, dot": quantized({ ...base, optimizer: rowwise }, perTable(4)),
  "INT4, scales every second step": quantized(base, fake(4, "table", { kind: "periodic", periodSteps: 2 })),
  "INT4, scales once": quantized(base, fake(4, "table", { kind: "once" })),
  "INT8, a scale for each row": quantized(base, fake(8, "row", { kind: "every-step" })),
  "LSQ, sgd": quantized(base, { kind: "learned-step", bits: 4, step: { kind: "relative", rate: 0.5 } }),
  "LSQ's own step, adagrad": quantized(
    { ...base, optimizer: adagrad },
    { kind: "learned-step", bits: 3, step: { kind: "gradient" } },
  ),
  "DoReFa, rowwise-adagrad": quantized(
    { ...base, optimizer: rowwise },
    dorefa("table", { kind: "every-step" }),
  ),
  "DoReFa onto the unit range, peaks every second step": quantized(
    base,
    dorefa("unit", { kind: "periodic", periodSteps: 2 }),
  ),
  "dead zone, sgd": quantized(base, deadZone(4, { kind: "relative", fraction: 0.25 })),
  "dead zone of an absolute threshold, adagrad": quantized(
    { ...base, optimizer: adagrad },
    { ...deadZone(3, { kind: "absolute", value: 0.4 }), levels: "uniform" },
  ),
  "dead zone of rows that few steps touched": quantized(
    base,
    deadZone(8, { kind: "frequency", minTouches: 2, fraction: 0.1 }),
  ),
  "floats above a dead zone, rowwise-adagrad, peaks once": quantized(
    { ...base, optimizer: rowwise },
    { ...deadZone(32, { kind: "relative", fraction: 0.2 }), refresh: { kind: "once" } },
  ),
  "INT8 layers, a scale for each channel": {
    ...quantized(base, perTable(8)),
    linearQuantization: { kind: "fake", bits: 8, granularity: "channel", bias: "same" },
  },
  "INT8 layers over activations of 8 bits": {
    ...base,
    linearQuantization: { kind: "fake", bits: 8, granularity: "channel", bias: "float" },
    activationQuantization: { bits: 8, at: "layers", range: { kind: "ema", momentum: 0.5 } },
  },
  "dropout and L2, adagrad": {
    ...base,
    optimizer: adagrad,
    regularization: { l2: 0.05, dropout: { rate: 0.5, seed: 3 } },
  },
  "learned pooling weights": {
    ...base,
    features: [lookup(0, "sum"), lookup(1, "sum")],
    tables: base.tables.map((t) => ({ ...t, poolingWeights: "learned" as const })),
  },
  "quotient-remainder and projected features": {
    ...base,
    tables: [
      { ...table("quotients", { kind: "none" }), rows: 4 },
      { ...table("remainders", { kind: "none" }), rows: 3 },
      { ...table("narrow", perTable(8)), cols: 2 },
    ],
    features: [
      {
        kind: "quotient-remainder",
        quotient: 0,
        remainder: 1,
        collisions: 3,
        combine: "mult",
        pooling: "sum",
      },
      { kind: "projected", table: 2, pooling: "sum" },
    ],
  },
  "FP32, wide layers": wide(base),
  "INT4, wide layers of 4 bits": {
    ...quantized(wide(base), perTable(4)),
    linearQuantization: { kind: "fake", bits: 4, granularity: "channel", bias: "float" },
  },
  "weighted bce with a threshold": {
    ...base,
    loss: { kind: "wbce", threshold: 0.3, weights: [0.5, 2] },
  },
  ...COMPRESSED_PLAN_MODELS,
  "mean squared error": { ...base, loss: { kind: "mse", threshold: 0, weights: [1, 1] } },
};

function table(name: string, quantization: TableQuantization): TableSpec {
  return { name, rows: ROWS, cols: COLS, quantization, poolingWeights: "none" };
}

function lookup(index: number, pooling: "sum" | "mean"): FeatureSpec {
  return { kind: "table", table: index, pooling };
}

function fake(bits: 2 | 4 | 8, kind: "table" | "row", refresh: ScaleRefresh): TableQuantization {
  return { kind: "fake", bits, granularity: { kind }, refresh };
}

function deadZone(
  bits: 3 | 4 | 8 | 32,
  threshold: DeadZoneThreshold,
): Extract<TableQuantization, { kind: "dead-zone" }> {
  return { kind: "dead-zone", bits, threshold, levels: "log", refresh: { kind: "every-step" } };
}

function dorefa(range: "table" | "unit", refresh: ScaleRefresh): TableQuantization {
  return { kind: "dorefa", bits: 4, range, refresh };
}

function quantized(spec: ModelSpec, quantization: TableQuantization): ModelSpec {
  return { ...spec, tables: spec.tables.map((t) => ({ ...t, quantization })) };
}

function cat(): Pick<ModelSpec, "interaction" | "top"> {
  const top = [{ ...base.top[0], inputs: 3 * COLS }, base.top[1]];
  return { interaction: { kind: "cat", itself: false }, top };
}

/** Widens a model to rows of a cache line and layers of more outputs than a vector has lanes, with odd rests. */
function wide(spec: ModelSpec): ModelSpec {
  const relu = { activation: "relu" } as const;
  return {
    ...spec,
    tables: spec.tables.map((t) => ({ ...t, cols: 16 })),
    bottom: [
      { inputs: 4, outputs: 37, ...relu },
      { inputs: 37, outputs: 16, ...relu },
    ],
    top: [
      { inputs: 19, outputs: 70, ...relu },
      { inputs: 70, outputs: 1, activation: "none" },
    ],
  };
}

function withItself(): Pick<ModelSpec, "interaction" | "top"> {
  const top = [{ ...base.top[0], inputs: COLS + 6 }, base.top[1]];
  return { interaction: { kind: "dot", itself: true }, top };
}

/** Creates a model's first state; the same one at each call. */
export function planState(spec: ModelSpec): ModelState {
  const state = allocateModelState(spec, createArena(1 << 14));
  const random = createRandom({ seed: 61, stream: 0 });
  const fill = (values: Float32Array, mean = 0): void => {
    for (let i = 0; i < values.length; i++) values[i] = mean + 0.5 * random.normal();
  };
  for (const { poolingWeights, weights } of state.tables) {
    fill(weights);
    fill(poolingWeights, 1);
  }
  for (const { bias, weight } of [...state.bottom, ...state.top, ...state.projections]) {
    fill(weight);
    fill(bias, 0.2);
  }
  return state;
}

/** Draws the batches of a training: full ones, then one that is smaller; with empty bags and repeated rows. */
export function planBatches(): readonly Batch[] {
  const random = createRandom({ seed: 62, stream: 0 });
  return [PLAN_BATCH, PLAN_BATCH, PLAN_BATCH, PLAN_BATCH, PLAN_BATCH, 2].map((size) => batch(size, random));
}

function batch(size: number, random: Random): Batch {
  const single = Array.from({ length: size }, () => [random.integer(ROWS)]);
  const bags = Array.from({ length: size }, (_, b) =>
    b === 1 ? [] : Array.from({ length: 1 + (b % 4) }, () => random.integer(4) * 3),
  );
  return {
    size,
    dense: Float32Array.from({ length: size * base.denseFeatures }, () => random.normal()),
    labels: Float32Array.from({ length: size }, () => random.integer(2)),
    bags: [jaggedFrom(single), jaggedFrom(bags.map((bag) => bag.map((row) => row % ROWS)))],
  };
}

/** Gives a batch whose last index no table has. */
export function hostilePlanBatch(index: number): Batch {
  const [good] = planBatches();
  const bags = good.bags.map((bag) => ({ ...bag, indices: bag.indices.slice() }));
  const last = bags[1].offsets[bagCount(bags[1])] - 1;
  bags[1].indices[last] = index;
  return { ...good, bags };
}

/** Names the counts of touches of a state's tables, empty where no threshold asks for them. */
export function planCounts({ tables }: ModelState): Readonly<Record<string, Int32Array>> {
  return Object.fromEntries(tables.map(({ touches }, t) => [`tables[${t}].touches`, touches]));
}

/** Names every array of floats of a state that training changes. */
export function planParameters(state: ModelState): Readonly<Record<string, Float32Array>> {
  const layers = (name: string, list: readonly LayerState[]): readonly [string, Float32Array][] =>
    list.flatMap(({ bias, biasOptimizer, weight, weightOptimizer }, k): [string, Float32Array][] => [
      [`${name}[${k}].weight`, weight],
      [`${name}[${k}].bias`, bias],
      [`${name}[${k}].weightOptimizer`, weightOptimizer],
      [`${name}[${k}].biasOptimizer`, biasOptimizer],
    ]);
  return Object.fromEntries([
    ...state.tables.flatMap(({ optimizer, poolingWeights, scale, weights }, t): [string, Float32Array][] => [
      [`tables[${t}].weights`, weights],
      [`tables[${t}].optimizer`, optimizer],
      [`tables[${t}].scale`, scale],
      [`tables[${t}].poolingWeights`, poolingWeights],
    ]),
    ...layers("bottom", state.bottom),
    ...layers("top", state.top),
    ...layers("projections", state.projections),
    ["activationRanges", state.activationRanges],
  ]);
}
