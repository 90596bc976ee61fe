import {
  allocateModelState,
  coreDeviation,
  createRandom,
  MAX_TABLES,
  type Arena,
  type LayerSpec,
  type LayerState,
  type ModelSpec,
  type ModelState,
  type Random,
  type RandomKey,
  storedRows,
  type TableSpec,
  type TableState,
} from "@dqrm/core";
import { fillStoredRows, normalInit, uniformInit } from "@dqrm/embedding";
import type { CompatibilityConfig, EmbeddingInit } from "../config/dlrm-config.ts";

/** Says how parameters start, and where they live. */
export interface InitOptions {
  readonly seed: number;
  readonly arena: Arena;
  readonly embeddingInit: EmbeddingInit;
  readonly compatibility: CompatibilityConfig;
}

/** Keeps the streams of parameters apart from the streams of epochs, under one seed. */
const FIRST_PARAMETER_STREAM = 0x1000_0000;

/**
 * Allocates the parameters of a model and draws their first values; each parameter has a random stream of its own.
 *
 * A plan compiled from the state reads the ranges of the tables itself. A stored table gets the codes of the values that
 * it would have in floats, a part at a time: at no moment there are more floats than a chunk of it.
 *
 * @units tables U(±1/√rows) or N(0, std²), an array that features share by the most rows of one of them, and the cores of
 *        a tensor train so that its rows have the deviation of such a table; linear W ~ N(0, 2/(inputs + outputs)), b ~ N(0, 1/outputs);
 *        projections U(±√(6/(inputs + outputs))); pooling weights 1
 * @source facebookresearch/dlrm create_mlp, create_emb, QREmbeddingBag, PrEmbeddingBag
 *
 * ```ts doctest
 * import { createArena } from "@dqrm/core";
 * import { buildModelSpec, initModelState, presets } from "@dqrm/dlrm";
 * const config = presets.demo;
 * const spec = buildModelSpec(config, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const { embeddingInit } = config.model;
 * const { compatibility } = config;
 * const state = initModelState(spec, { seed: 1, arena: createArena(1 << 16), embeddingInit, compatibility });
 * state.tables[0].weights.every((w) => Math.abs(w) <= 0.1); // => true
 * ```
 */
export function initModelState(spec: ModelSpec, options: InitOptions): ModelState {
  const state = allocateModelState(spec, options.arena);
  let stream = FIRST_PARAMETER_STREAM;
  const key = (): RandomKey => ({ seed: options.seed, stream: stream++ });
  const random = (): Random => createRandom(key());
  const categories = categoryCounts(spec);
  state.tables.forEach((table, t) => {
    initTable(spec.tables[t], table, prepareFill(spec.tables[t], categories[t], { ...options, key: key() }));
    table.poolingWeights.fill(1);
  });
  spec.bottom.forEach((layer, k) => {
    initLayer(layer, state.bottom[k], random());
  });
  spec.top.forEach((layer, k) => {
    initLayer(layer, state.top[k], random());
  });
  state.projections.forEach(({ weight }) => {
    const outputs = spec.bottom[spec.bottom.length - 1].outputs;
    fillUniform(weight, Math.sqrt(6 / (weight.length / outputs + outputs)), random());
  });
  return state;
}

/** Keeps the draws of later epochs apart from the first ones, and from the streams of epochs and of steps. */
const FIRST_RESET_STREAM = 0x4000_0000;

/**
 * Draws the embedding tables of a state anew, as before the first epoch but with numbers of the epoch's own, and forgets
 * the optimizer's numbers and the scales of tables; layers stay as they are. Call the plan's `reload` after it.
 *
 * @source Zhang et al. 2022 on the one-epoch overfitting of click models: embeddings are what overfits
 *
 * ```ts doctest
 * import { createArena } from "@dqrm/core";
 * import { buildModelSpec, initModelState, presets, resetTables } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const { compatibility, model } = presets.demo;
 * const init = { seed: 1, embeddingInit: model.embeddingInit, compatibility };
 * const { tables } = initModelState(spec, { ...init, arena: createArena(1 << 16) });
 * const [before] = tables[0].weights;
 * resetTables(spec, tables, init, 1);
 * tables[0].weights[0] === before; // => false
 * ```
 */
export function resetTables(
  spec: ModelSpec,
  tables: readonly TableState[],
  options: Omit<InitOptions, "arena">,
  epoch: number,
): void {
  const categories = categoryCounts(spec);
  tables.forEach((table, t) => {
    const key = { seed: options.seed, stream: FIRST_RESET_STREAM + epoch * MAX_TABLES + t };
    // Before the draw: the scales of a table that exists as codes only are part of it.
    for (const numbers of [table.optimizer, table.poolingOptimizer, table.scale]) numbers.fill(0);
    initTable(spec.tables[t], table, prepareFill(spec.tables[t], categories[t], { ...options, key }));
    table.poolingWeights.fill(1);
  });
}

/** Says what a table starts as: as one of `count` rows, or so that a product of its rows does. */
interface Categories {
  readonly count: number;
  readonly split: boolean;
  /** Rank of the tensor train that the table is a core of; 0 when it is none. */
  readonly rank: number;
}

/** A table that does not hold its categories' rows themselves starts by the number of categories that it stands for. */
function categoryCounts(spec: ModelSpec): readonly Categories[] {
  const categories = spec.tables.map(({ rows }) => ({ count: rows, split: false, rank: 0 }));
  const robes = new Map<number, number>();
  for (const feature of spec.features) {
    if (feature.kind === "quotient-remainder") {
      const count = spec.tables[feature.quotient].rows * feature.collisions;
      categories[feature.quotient] = { count, split: true, rank: 0 };
      categories[feature.remainder] = { count, split: true, rank: 0 };
    } else if (feature.kind === "tensor-train") {
      const { rank, rows } = feature;
      for (const core of feature.tables) categories[core] = { count: rows, split: false, rank };
    } else if (feature.kind === "robe") {
      robes.set(feature.table, Math.max(feature.rows, robes.get(feature.table) ?? 0));
    }
  }
  robes.forEach((count, table) => (categories[table] = { count, split: false, rank: 0 }));
  return categories;
}

/** Fills rows of a table, of which the first has the given number. */
type Fill = (rows: Float32Array, firstRow: number) => void;

function initTable({ cols, quantization, rows }: TableSpec, state: TableState, fill: Fill): void {
  if (quantization.kind !== "stored") {
    fill(state.weights, 0);
    return;
  }
  fillStoredRows(quantization, storedRows({ cols, rows, quantization }, state), fill);
}

function prepareFill(
  { cols }: TableSpec,
  { count, rank, split }: Categories,
  { compatibility, embeddingInit, key }: Omit<InitOptions, "arena"> & { readonly key: RandomKey },
): Fill {
  const bound = rank === 0 ? Math.sqrt(1 / count) : coreBound(count, rank);
  if (split && compatibility.quotientRemainderInit) {
    return (values, firstRow) => {
      const random = createRandom(key, firstRow * cols);
      for (let i = 0; i < values.length; i++) values[i] = bound + (1 - bound) * random.next();
    };
  }
  if (embeddingInit.kind === "normal") {
    const deviation = rank === 0 ? embeddingInit.std : coreDeviation(embeddingInit.std, rank);
    return (values, firstRow) => {
      const rows = values.length / cols;
      normalInit({ rows, cols, firstRow, standardDeviation: deviation }, key, values);
    };
  }
  return (values, firstRow) => {
    uniformInit({ rows: values.length / cols, cols, firstRow, bound }, key, values);
  };
}

/** Uniform numbers in ±√3·σ have the deviation σ. */
function coreBound(count: number, rank: number): number {
  return Math.sqrt(3) * coreDeviation(Math.sqrt(1 / count / 3), rank);
}

function initLayer({ inputs, outputs }: LayerSpec, { bias, weight }: LayerState, random: Random): void {
  const weightDeviation = Math.sqrt(2 / (inputs + outputs));
  const biasDeviation = Math.sqrt(1 / outputs);
  for (let i = 0; i < weight.length; i++) weight[i] = weightDeviation * random.normal();
  for (let i = 0; i < bias.length; i++) bias[i] = biasDeviation * random.normal();
}

function fillUniform(weights: Float32Array, bound: number, random: Random): void {
  for (let i = 0; i < weights.length; i++) weights[i] = bound * (2 * random.next() - 1);
}
