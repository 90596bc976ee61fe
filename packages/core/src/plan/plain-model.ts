import { featureTables } from "./check-features.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { PackedModel } from "./plan.ts";

/** Lists the values that a plain model has in the places that choose between kinds. */
const PLAIN = {
  features: ["table", "quotient-remainder", "projected"],
  granularity: ["table", "row", "group"],
  refresh: ["every-step", "periodic", "once"],
  linear: ["none", "fake"],
  optimizer: ["sgd", "adagrad", "rowwise-adagrad"],
  schemes: ["symmetric", "asymmetric", "dead-zone", "dead-zone-log"],
} as const;

const PLAIN_KEYS = [
  "denseFeatures",
  "tables",
  "features",
  "bottom",
  "interaction",
  "top",
  "linearQuantization",
  "loss",
  "optimizer",
];

/** What training reads and serving does not. */
const TRAINING_KEYS = ["regularization"];

/**
 * Tells whether a model is made of nothing but the parts that every fused plan has to know: tables in floats or behind
 * uniform codes, each read by one feature, and layers without anything between them.
 *
 * A fused plan declines any other model, unless it looked for what else the model has: a part that it does not know must
 * not go unseen. The lists are closed, so that a kind added later is not plain before somebody says so.
 *
 * ```ts doctest
 * import { isPlainModel } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const tomorrow = { ...spec, somethingNew: true };
 * [isPlainModel(spec), isPlainModel(tomorrow)]; // => [true, false]
 * ```
 */
export function isPlainModel(spec: ModelSpec): boolean {
  return hasPlainParts(spec, PLAIN_KEYS);
}

function hasPlainParts(spec: ModelSpec, keys: readonly string[]): boolean {
  return (
    onlyKeys(spec, keys) &&
    onlyKeys(spec.interaction, ["kind", "itself"]) &&
    onlyKeys(spec.loss, ["kind", "threshold", "weights"]) &&
    [...spec.bottom, ...spec.top].every((layer) => onlyKeys(layer, ["inputs", "outputs", "activation"])) &&
    spec.tables.every(isPlainTable) &&
    hasPlainFeatures(spec) &&
    hasPlainLayers(spec) &&
    includes(PLAIN.optimizer, spec.optimizer.kind) &&
    onlyKeys(spec.optimizer, ["kind", "epsilon"])
  );
}

/**
 * Tells whether a packed model is served by nothing but the parts that every fused plan has to know; how its tables were
 * trained does not matter, only how they are packed, nor what regularized the training.
 *
 * ```ts doctest
 * import { isPlainPackedModel } from "@dqrm/core";
 * const layer = (inputs: number, weight: number) => ({ weight: new Float32Array(inputs).fill(weight), bias: new Float32Array(1) });
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 2, cols: 1, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 1, activation: "none" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 2, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const model = {
 *   spec, tables: [new Float32Array(2)], poolingWeights: [new Float32Array(0)], bottom: [layer(1, 1)], top: [layer(2, 1)], projections: [],
 * };
 * isPlainPackedModel(model); // => true
 * ```
 */
export function isPlainPackedModel({ spec, ...model }: PackedModel): boolean {
  const tables = spec.tables.map((table) => ({ ...table, quantization: { kind: "none" } }) as const);
  const packed = [
    ...model.tables,
    ...model.bottom.map(({ weight }) => weight),
    ...model.top.map(({ weight }) => weight),
  ];
  return (
    hasPlainParts({ ...spec, tables }, [...PLAIN_KEYS, ...TRAINING_KEYS]) &&
    packed.every((rows) => rows instanceof Float32Array || includes(PLAIN.schemes, rows.format.scheme))
  );
}

function isPlainTable(table: ModelSpec["tables"][number]): boolean {
  const { quantization } = table;
  if (!onlyKeys(table, ["name", "rows", "cols", "quantization", "poolingWeights"])) return false;
  if (quantization.kind === "none") return onlyKeys(quantization, ["kind"]);
  return (
    quantization.kind === "fake" &&
    onlyKeys(quantization, ["kind", "bits", "granularity", "refresh"]) &&
    includes(PLAIN.granularity, quantization.granularity.kind) &&
    includes(PLAIN.refresh, quantization.refresh.kind)
  );
}

function hasPlainFeatures({ features }: ModelSpec): boolean {
  const read = new Set<number>();
  return features.every((feature) => {
    if (!includes(PLAIN.features, feature.kind)) return false;
    const tables = featureTables(feature);
    const alone = tables.every((table) => !read.has(table));
    for (const table of tables) read.add(table);
    return (
      alone &&
      onlyKeys(feature, ["kind", "table", "quotient", "remainder", "collisions", "combine", "pooling"])
    );
  });
}

function hasPlainLayers({ linearQuantization }: ModelSpec): boolean {
  return (
    includes(PLAIN.linear, linearQuantization.kind) &&
    onlyKeys(linearQuantization, ["kind", "bits", "granularity", "bias"])
  );
}

function onlyKeys(value: object, known: readonly string[]): boolean {
  return Object.keys(value).every((key) => known.includes(key));
}

function includes(known: readonly string[], value: string): boolean {
  return known.includes(value);
}
