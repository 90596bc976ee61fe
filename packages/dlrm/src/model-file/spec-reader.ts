import {
  BIT_WIDTHS,
  checkModelSpec,
  isDeadZone,
  isDeadZoneWidth,
  MAX_COLS,
  MAX_ROWS,
  MAX_TABLES,
  MAX_ACTIVATION_BITS,
  MIN_ACTIVATION_BITS,
  type ActivationQuantization,
  SCHEMES,
  type CoreNumbers,
  type DeadZoneThreshold,
  type FeatureSpec,
  type HashedFeatureSpec,
  type LayerSpec,
  type LearnedStep,
  type LinearQuantization,
  type LossSpec,
  type ModelInteraction,
  type ModelSpec,
  type OptimizerSpec,
  type RangeRule,
  type Regularization,
  type RobeFeatureSpec,
  type RowFormat,
  type ScaleGranularity,
  type ScaleRefresh,
  type StoredRounding,
  type StoredStep,
  type TableQuantization,
  type TableSpec,
  type TensorTrainFeatureSpec,
} from "@dqrm/core";
import {
  flag,
  integer,
  list,
  oneOf,
  real,
  record,
  tagged,
  text,
  unexpected,
  type Reader,
} from "../config/read.ts";

const cols = integer(1, MAX_COLS);
const rows = integer(1, MAX_ROWS);
const table = integer(0, MAX_TABLES - 1);
const pooling = oneOf("sum", "mean");
const bits = oneOf(...BIT_WIDTHS);

const kind = <K extends string>(name: K): Reader<K> => oneOf(name);

const granularity = tagged<ScaleGranularity>({
  table: record({ kind: kind("table") }),
  row: record({ kind: kind("row") }),
  group: record({ kind: kind("group"), groupCols: cols }),
});

const refresh = tagged<ScaleRefresh>({
  "every-step": record({ kind: kind("every-step") }),
  periodic: record({ kind: kind("periodic"), periodSteps: integer(1, 2 ** 31) }),
  once: record({ kind: kind("once") }),
});

const rounding = tagged<StoredRounding>({
  nearest: record({ kind: kind("nearest") }),
  stochastic: record({
    kind: kind("stochastic"),
    seed: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  }),
});

const step = tagged<StoredStep>({
  absmax: record({ kind: kind("absmax") }),
  learned: record({ kind: kind("learned"), learningRate: real(0, Number.MAX_VALUE) }),
});

const threshold = tagged<DeadZoneThreshold>({
  relative: record({ kind: kind("relative"), fraction: real(0, 1) }),
  absolute: record({ kind: kind("absolute"), value: real(0, Number.MAX_VALUE) }),
  frequency: record({
    kind: kind("frequency"),
    minTouches: integer(0, 2 ** 31 - 1),
    fraction: real(0, 1),
  }),
});

const learnedStep = tagged<LearnedStep>({
  relative: record({ kind: kind("relative"), rate: real(0, 1) }),
  gradient: record({ kind: kind("gradient") }),
});

const quantization = tagged<TableQuantization>({
  none: record({ kind: kind("none") }),
  fake: record({ kind: kind("fake"), bits, granularity, refresh }),
  stored: record({ kind: kind("stored"), bits: oneOf(2, 3, 4, 5, 6, 7, 8, 16), rounding, step }),
  "learned-step": record({ kind: kind("learned-step"), bits, step: learnedStep }),
  "dead-zone": record({
    kind: kind("dead-zone"),
    bits: oneOf(2, 3, 4, 5, 6, 7, 8, 32),
    threshold,
    levels: oneOf("uniform", "log"),
    refresh,
  }),
  dorefa: record({ kind: kind("dorefa"), bits, range: oneOf("table", "unit"), refresh }),
});

const seed = integer(0, 2 ** 32 - 1);

const coreNumbers: Reader<CoreNumbers> = (value, place) => {
  const numbers = list(integer(0, MAX_COLS), 3)(value, place);
  if (numbers.length !== 3) throw unexpected(place, "three numbers", value);
  return [numbers[0], numbers[1], numbers[2]];
};

const compressedFeature = {
  hashed: record<HashedFeatureSpec>({ kind: kind("hashed"), table, rows, seed, pooling }),
  robe: record<RobeFeatureSpec>({
    kind: kind("robe"),
    table,
    rows,
    blockCols: rows,
    hash: oneOf("mixing", "reference"),
    keyOffset: integer(0, Number.MAX_SAFE_INTEGER),
    seed,
    signs: flag,
    pooling,
  }),
  "tensor-train": record<TensorTrainFeatureSpec>({
    kind: kind("tensor-train"),
    tables: coreNumbers,
    rows,
    dims: coreNumbers,
    rank: cols,
    pooling,
  }),
} as const;

const feature = tagged<FeatureSpec>({
  ...compressedFeature,
  table: record({ kind: kind("table"), table, pooling }),
  projected: record({ kind: kind("projected"), table, pooling }),
  "quotient-remainder": record({
    kind: kind("quotient-remainder"),
    quotient: table,
    remainder: table,
    collisions: rows,
    combine: oneOf("mult", "add", "concat"),
    pooling,
  }),
});

const linearQuantization = tagged<LinearQuantization>({
  none: record({ kind: kind("none") }),
  fake: record({
    kind: kind("fake"),
    bits,
    granularity: oneOf("channel", "matrix"),
    bias: oneOf("float", "same"),
  }),
});

const epsilon = real(0, Number.MAX_VALUE);

const optimizer = tagged<OptimizerSpec>({
  sgd: record({ kind: kind("sgd") }),
  adagrad: record({ kind: kind("adagrad"), epsilon }),
  "rowwise-adagrad": record({ kind: kind("rowwise-adagrad"), epsilon }),
});

const labelWeights: Reader<readonly [number, number]> = (value, place) => {
  const weights = list(real(0, Number.MAX_VALUE), 2)(value, place);
  if (weights.length !== 2) throw unexpected(place, "two numbers", value);
  return [weights[0], weights[1]];
};

const layer = record<LayerSpec>({
  inputs: cols,
  outputs: cols,
  activation: oneOf("none", "relu", "sigmoid"),
});

const interaction = record<ModelInteraction>(
  { kind: oneOf("dot", "cat"), itself: flag, bits: oneOf(16) },
  "bits",
);

const activationQuantization = record<ActivationQuantization>({
  bits: integer(MIN_ACTIVATION_BITS, MAX_ACTIVATION_BITS),
  at: oneOf("stacks", "layers"),
  range: tagged<RangeRule>({
    running: record({ kind: kind("running") }),
    ema: record({ kind: kind("ema"), momentum: real(0, 1) }),
  }),
});

const regularization = record<Regularization>({
  l2: real(0, Number.MAX_VALUE),
  dropout: record({
    rate: real(0, 1),
    seed: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  }),
});

const modelSpec = record<ModelSpec>(
  {
    denseFeatures: cols,
    tables: list(
      record<TableSpec>({
        name: text,
        rows,
        cols,
        quantization,
        poolingWeights: oneOf("none", "fixed", "learned"),
      }),
      0,
    ),
    features: list(feature, 0),
    bottom: list(layer, 1),
    interaction,
    top: list(layer, 1),
    linearQuantization,
    activationQuantization,
    regularization,
    loss: record<LossSpec>({
      kind: oneOf("bce", "wbce", "mse"),
      threshold: real(0, 0.5),
      weights: labelWeights,
    }),
    optimizer,
  },
  "activationQuantization",
  "regularization",
);

/**
 * Reads a model's description from JSON.
 *
 * @throws CONFIG naming the path of a missing, unknown or wrong field; VALUE or LIMIT when the parts do not fit together
 *
 * ```ts doctest
 * import { buildModelSpec, parseModelSpec, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * parseModelSpec("spec.json", JSON.parse(JSON.stringify(spec))).tables[0].name; // => "ad"
 * ```
 */
export function parseModelSpec(source: string, json: unknown): ModelSpec {
  const spec = modelSpec(json, { source, path: "" });
  checkModelSpec(spec);
  return spec;
}

/** Holds a row format and a row count, as a file states them beside packed codes. */
export interface RowsDescription extends RowFormat {
  readonly rows: number;
}

const rowsDescription = record<RowsDescription>({
  bits,
  rows,
  cols,
  scheme: oneOf(...SCHEMES),
  granularity,
});

/**
 * Reads the description of packed rows from JSON.
 *
 * @throws CONFIG naming the path of a missing, unknown or wrong field
 */
export function parseRowsDescription(source: string, json: unknown): RowsDescription {
  const description = rowsDescription(json, { source, path: "" });
  if (isDeadZone(description.scheme) && !isDeadZoneWidth(description.bits)) {
    throw unexpected({ source, path: "bits" }, `2 to 8 for ${description.scheme}`, description.bits);
  }
  return description;
}
