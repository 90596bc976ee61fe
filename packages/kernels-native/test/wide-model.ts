import { createHash } from "node:crypto";
import {
  allocateModelState,
  createArena,
  createRandom,
  jaggedFrom,
  type Batch,
  type ModelSpec,
  type ModelState,
  type TableQuantization,
} from "@dqrm/core";

/** Numbers of tables and columns of the Kaggle model; rows and layers are small enough for many steps. */
export const TABLES = 26;
export const COLS = 16;
export const ROWS = 700;

export const int4: TableQuantization = {
  kind: "fake",
  bits: 4,
  granularity: { kind: "table" },
  refresh: { kind: "every-step" },
};

/** A model with the widths of the Kaggle model around its interaction. */
export function wideSpec(
  change: Partial<ModelSpec> = {},
  quantization: TableQuantization = { kind: "none" },
): ModelSpec {
  const relu = { activation: "relu" } as const;
  return {
    denseFeatures: 13,
    tables: Array.from({ length: TABLES }, (_, t) => ({
      name: `table ${t}`,
      rows: ROWS,
      cols: COLS,
      quantization,
      poolingWeights: "none" as const,
    })),
    features: Array.from({ length: TABLES }, (_, table) => ({
      kind: "table" as const,
      table,
      pooling: table % 2 === 0 ? ("sum" as const) : ("mean" as const),
    })),
    bottom: [
      { inputs: 13, outputs: 70, ...relu },
      { inputs: 70, outputs: COLS, ...relu },
    ],
    interaction: { kind: "dot", itself: false },
    top: [
      { inputs: COLS + (TABLES * (TABLES + 1)) / 2, outputs: 90, ...relu },
      { inputs: 90, outputs: 1, activation: "none" },
    ],
    linearQuantization: { kind: "none" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
    ...change,
  };
}

const drawn = new Map<string, readonly Float32Array[]>();

/** Draws a state, the same one for the same spec. */
export function wideState(spec: ModelSpec, seed = 1): ModelState {
  const state = allocateModelState(spec, createArena(1 << 22));
  const key = JSON.stringify([seed, spec.tables.length, spec.tables[0], spec.bottom, spec.top]);
  const parameters = parametersOf(state);
  const known = drawn.get(key);
  if (known === undefined) {
    drawState(spec, state, seed);
    drawn.set(
      key,
      parameters.map((array) => array.slice()),
    );
  } else {
    parameters.forEach((array, k) => {
      array.set(known[k]);
    });
  }
  return state;
}

function parametersOf({ bottom, tables, top }: ModelState): readonly Float32Array[] {
  const layers = [...bottom, ...top].flatMap(({ bias, weight }) => [weight, bias]);
  return [...tables.map(({ weights }) => weights), ...layers];
}

function drawState(spec: ModelSpec, state: ModelState, seed: number): void {
  const random = createRandom({ seed, stream: 0 });
  for (const { weights } of state.tables) {
    for (let i = 0; i < weights.length; i++) weights[i] = 0.3 * random.normal();
  }
  for (const [layers, specs] of [
    [state.bottom, spec.bottom],
    [state.top, spec.top],
  ] as const) {
    layers.forEach(({ bias, weight }, k) => {
      const deviation = Math.sqrt(2 / (specs[k].inputs + specs[k].outputs));
      for (let i = 0; i < weight.length; i++) weight[i] = deviation * random.normal();
      for (let i = 0; i < bias.length; i++) bias[i] = 0.1 * random.normal();
    });
  }
}

/** Draws a batch: single indices, or bags of up to three with weights. */
export function wideBatch(seed: number, size: number, multiHot: boolean): Batch {
  const random = createRandom({ seed, stream: 1 });
  const bags = Array.from({ length: TABLES }, () => {
    const jagged = jaggedFrom(
      Array.from({ length: size }, () =>
        Array.from({ length: multiHot ? random.integer(4) : 1 }, () => random.integer(ROWS)),
      ),
    );
    return multiHot
      ? {
          ...jagged,
          weights: jagged.indices.length > 0 ? weightsFor(jagged.indices, random) : new Float32Array(0),
        }
      : jagged;
  });
  return {
    size,
    dense: Float32Array.from({ length: size * 13 }, () => random.normal()),
    labels: Float32Array.from({ length: size }, () => random.integer(2)),
    bags,
  };
}

function weightsFor(indices: Int32Array, random: { next(): number }): Float32Array {
  return Float32Array.from(indices, () => 0.5 + random.next());
}

/** Copies everything that training changes, for comparison bit for bit. */
export function weightsOf({ bottom, tables, top }: ModelState): readonly Float32Array[] {
  return [
    ...tables.flatMap(({ optimizer, scale, weights }) => [weights, optimizer, scale]),
    ...[...bottom, ...top].flatMap((l) => [l.weight, l.bias, l.weightOptimizer, l.biasOptimizer]),
  ].map((array) => array.slice());
}

/** Sums up the bits of everything that training changes: assertions look at numbers one by one, and there are many. */
export function digestsOf(state: ModelState): readonly string[] {
  return weightsOf(state).map((array) =>
    createHash("sha1").update(new Uint8Array(array.buffer)).digest("hex"),
  );
}
