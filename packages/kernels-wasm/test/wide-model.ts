import {
  allocateModelState,
  createRandom,
  type Arena,
  type Batch,
  type LayerState,
  type ModelSpec,
  type ModelState,
  type OptimizerSpec,
  type Random,
  type TableQuantization,
} from "@dqrm/core";

/** Rows of the tables: less than a block, exactly one, and several with a rest. */
const ROWS = [3, 10, 100, 256, 257, 600];

/** Builds a model of 26 tables of 16 columns and thin layers, large enough for all threads. */
export function wideModel(
  quantization: TableQuantization,
  optimizer: OptimizerSpec,
  bits?: 4 | 8,
): ModelSpec {
  const relu = { activation: "relu" } as const;
  return {
    denseFeatures: 13,
    tables: Array.from({ length: 26 }, (_, t) => ({
      name: `t${t}`,
      rows: ROWS[t % ROWS.length],
      cols: 16,
      quantization,
      poolingWeights: "none",
    })),
    features: Array.from({ length: 26 }, (_, table) => ({
      kind: "table",
      table,
      pooling: table % 2 === 0 ? "sum" : "mean",
    })),
    bottom: [
      { inputs: 13, outputs: 64, ...relu },
      { inputs: 64, outputs: 16, ...relu },
    ],
    interaction: { kind: "dot", itself: false },
    top: [
      { inputs: 16 + 351, outputs: 60, ...relu },
      { inputs: 60, outputs: 1, activation: "none" },
    ],
    linearQuantization:
      bits === undefined ? { kind: "none" } : { kind: "fake", bits, granularity: "channel", bias: "same" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer,
  };
}

/** Allocates a model's first state, the same numbers at each call. */
export function wideState(spec: ModelSpec, arena: Arena): ModelState {
  const state = allocateModelState(spec, arena);
  const random = createRandom({ seed: 7, stream: 1 });
  for (const { weights } of state.tables) fill(weights, 0.3, random);
  for (const { bias, weight } of [...state.bottom, ...state.top]) {
    fill(weight, Math.sqrt((2 * bias.length) / weight.length), random);
    fill(bias, 0.1, random);
  }
  return state;
}

function fill(values: Float32Array, deviation: number, random: Random): void {
  for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
}

/** Draws batches of bags with none to three indices, weighted in every third table. */
export function wideBatches(spec: ModelSpec, count: number, size: number): readonly Batch[] {
  const random = createRandom({ seed: 8, stream: 2 });
  return Array.from({ length: count }, () => ({
    size,
    dense: Float32Array.from({ length: size * spec.denseFeatures }, () => random.normal()),
    labels: Float32Array.from({ length: size }, () => random.integer(2)),
    bags: spec.tables.map(({ rows }, t) => {
      const lengths = Array.from({ length: size }, () => (t === 0 ? 1 : random.integer(4)));
      const offsets = new Int32Array(size + 1);
      lengths.forEach((length, b) => (offsets[b + 1] = offsets[b] + length));
      const indices = Int32Array.from({ length: offsets[size] }, () => random.integer(rows));
      if (t % 3 !== 1) return { indices, offsets };
      return { indices, offsets, weights: Float32Array.from(indices, () => random.normal()) };
    }),
  }));
}

/** Lists all numbers that training changes. */
export function parametersOf(state: ModelState): Float32Array {
  const layers = ({ bias, biasOptimizer, weight, weightOptimizer }: LayerState): Float32Array[] => [
    weight,
    bias,
    weightOptimizer,
    biasOptimizer,
  ];
  const arrays = [
    ...state.tables.flatMap(({ optimizer, scale, weights }) => [weights, optimizer, scale]),
    ...state.bottom.flatMap(layers),
    ...state.top.flatMap(layers),
  ];
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  arrays.reduce((at, array) => {
    all.set(array, at);
    return at + array.length;
  }, 0);
  return all;
}

/** Finds the first position where two runs differ in a bit, -1 when there is none. */
export function firstDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  const bits = new Uint32Array(b.buffer, b.byteOffset, b.length);
  return new Uint32Array(a.buffer, a.byteOffset, a.length).findIndex((value, i) => value !== bits[i]);
}
