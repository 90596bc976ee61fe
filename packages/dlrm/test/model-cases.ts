import {
  allocateModelState,
  createArena,
  createRandom,
  projectionLayers,
  storedRows,
  storeRows,
  type Batch,
  type FeatureSpec,
  type Jagged,
  type ModelSpec,
  type ModelState,
  type OptimizerSpec,
  type StoredQuantization,
  type TableQuantization,
  type TableSpec,
} from "@dqrm/core";

/** A small model: tables of the given quantizations, one of them pooled by learned weights, 3 dense features. */
export function smallSpec(
  quantizations: readonly TableQuantization[],
  overrides: Partial<Omit<ModelSpec, "tables" | "features">> = {},
): ModelSpec {
  const tables = quantizations.map((quantization, t): TableSpec => {
    return {
      name: `C${t}`,
      rows: 300 + 7 * t,
      cols: 5,
      quantization,
      poolingWeights: t === 1 ? "learned" : "none",
    };
  });
  const vectors = tables.length + 1;
  return {
    denseFeatures: 3,
    tables,
    features: tables.map((_, t) => ({ kind: "table", table: t, pooling: t % 2 === 0 ? "mean" : "sum" })),
    bottom: [
      { inputs: 3, outputs: 7, activation: "relu" },
      { inputs: 7, outputs: 5, activation: "relu" },
    ],
    interaction: { kind: "dot", itself: false },
    top: [
      { inputs: 5 + (vectors * (vectors - 1)) / 2, outputs: 6, activation: "relu" },
      { inputs: 6, outputs: 1, activation: "none" },
    ],
    linearQuantization: { kind: "none" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
    ...overrides,
  };
}

/** A spec with a projected and a quotient-remainder feature beside plain ones. */
export function mixedSpec(optimizer: OptimizerSpec): ModelSpec {
  const fake = (bits: 4 | 8): TableQuantization => {
    return { kind: "fake", bits, granularity: { kind: "table" }, refresh: { kind: "every-step" } };
  };
  const table = (name: string, rows: number, cols: number, bits: 4 | 8): TableSpec => {
    return { name, rows, cols, quantization: fake(bits), poolingWeights: "none" };
  };
  const plain = smallSpec([fake(4), fake(8)], { optimizer });
  return {
    ...plain,
    tables: [...plain.tables, table("Q", 20, 5, 4), table("R", 6, 5, 4), table("P", 40, 2, 8)],
    features: [
      ...plain.features,
      {
        kind: "quotient-remainder",
        quotient: 2,
        remainder: 3,
        collisions: 6,
        combine: "mult",
        pooling: "sum",
      },
      { kind: "projected", table: 4, pooling: "sum" },
    ],
    top: [{ inputs: 5 + 10, outputs: 1, activation: "none" }],
  };
}

/** The mixed spec with tables that exist as codes only. */
export function storedSpec(optimizer: OptimizerSpec, overrides: Partial<StoredQuantization> = {}): ModelSpec {
  const spec = mixedSpec(optimizer);
  const quantization: StoredQuantization = {
    kind: "stored",
    bits: 8,
    rounding: { kind: "stochastic", seed: 11 },
    step: { kind: "absmax" },
    ...overrides,
  };
  return { ...spec, tables: spec.tables.map((table) => ({ ...table, quantization })) };
}

/** A state whose every array is filled with numbers in [-0.5, 0.5) from a seed. */
export function randomState(spec: ModelSpec, seed: number): ModelState {
  const state = allocateModelState(spec, createArena(1 << 16));
  const random = createRandom({ seed, stream: 7 });
  const fill = (array: Float32Array): void => {
    for (let i = 0; i < array.length; i++) array[i] = random.next() - 0.5;
  };
  spec.tables.forEach(({ quantization, ...table }, t) => {
    if (quantization.kind !== "stored") return;
    const weights = Float32Array.from({ length: table.rows * table.cols }, () => random.next() - 0.5);
    storeRows(quantization, weights, storedRows({ ...table, quantization }, state.tables[t]), 0);
  });
  const arrays = [
    ...state.tables.flatMap((t) => [t.weights, t.poolingWeights]),
    ...[...state.bottom, ...state.top, ...state.projections].flatMap((l) => [l.weight, l.bias]),
  ];
  arrays.forEach(fill);
  return state;
}

function vocabularyRows({ tables }: ModelSpec, feature: FeatureSpec): number {
  if ("rows" in feature) return feature.rows;
  if (feature.kind !== "quotient-remainder") return tables[feature.table].rows;
  return feature.collisions * tables[feature.quotient].rows;
}

/** Bags of 0 to 3 indices for each feature, some of them weighted, with dense features and labels. */
export function randomBatch(spec: ModelSpec, size: number, seed: number): Batch {
  const random = createRandom({ seed, stream: 8 });
  const bags = spec.features.map((feature, f): Jagged => {
    const rows = vocabularyRows(spec, feature);
    const offsets = new Int32Array(size + 1);
    const indices: number[] = [];
    for (let b = 0; b < size; b++) {
      const length = Math.floor(random.next() * 4);
      for (let k = 0; k < length; k++) indices.push(Math.floor(random.next() * rows));
      offsets[b + 1] = indices.length;
    }
    const weights = Float32Array.from(indices, () => random.next() * 2);
    return { indices: Int32Array.from(indices), offsets, ...(f % 3 === 0 ? { weights } : {}) };
  });
  return {
    size,
    dense: Float32Array.from({ length: size * spec.denseFeatures }, () => random.next()),
    labels: Float32Array.from({ length: size }, () => (random.next() < 0.4 ? 1 : 0)),
    bags,
  };
}

/** Every array of a state that a checkpoint must keep, by a name. */
export function stateArrays(
  spec: ModelSpec,
  state: ModelState,
): ReadonlyMap<string, Float32Array | Uint8Array | Int32Array> {
  const arrays = new Map<string, Float32Array | Uint8Array | Int32Array>();
  state.tables.forEach((t, k) => {
    const { codes, optimizer, poolingOptimizer, poolingWeights, scale, touches, weights } = t;
    for (const [name, array] of Object.entries({
      codes,
      optimizer,
      poolingOptimizer,
      poolingWeights,
      scale,
      touches,
      weights,
    })) {
      arrays.set(`table ${k} ${name}`, array);
    }
  });
  const stacks = [
    ["bottom", spec.bottom, state.bottom],
    ["top", spec.top, state.top],
    ["projection", projectionLayers(spec), state.projections],
  ] as const;
  for (const [stack, layers, states] of stacks) {
    layers.forEach((_, k) => {
      const { bias, biasOptimizer, weight, weightOptimizer } = states[k];
      const parts: Readonly<Record<string, Float32Array>> = { bias, biasOptimizer, weight, weightOptimizer };
      for (const [name, array] of Object.entries(parts)) arrays.set(`${stack} ${k} ${name}`, array);
    });
  }
  arrays.set("activation ranges", state.activationRanges);
  return arrays;
}

/** The bytes of every array of a state, as text, so that a comparison is exact to the bit. */
export function stateBits(spec: ModelSpec, state: ModelState): ReadonlyMap<string, string> {
  const bits = new Map<string, string>();
  for (const [name, { buffer, byteLength, byteOffset }] of stateArrays(spec, state)) {
    bits.set(name, Buffer.from(buffer, byteOffset, byteLength).toString("base64"));
  }
  return bits;
}
