import { BIT_WIDTHS, DqrmError, MAX_COLS, MAX_ROWS } from "@dqrm/core";
import type {
  CategoryConfig,
  DataConfig,
  DlrmConfig,
  ModelConfig,
  OptimizerConfig,
  QuantizationConfig,
  TableOverride,
  TableQuantizationConfig,
  TrainingBits,
  TrainingConfig,
} from "./dlrm-config.ts";
import { checkPhases } from "./check-phases.ts";
import type { LearningRatePolicy } from "../training/learning-rate.ts";
import { flag, inside, integer, list, oneOf, real, record, unexpected, type Reader } from "./read.ts";
import { checkCompression, readHashing, readRobe, readTensorTrain } from "./read-compression.ts";
import { readActivations, readRegularization, readSchedule } from "./read-layers.ts";
import { checkTables, type Refuse } from "./check-tables.ts";
import { checkGradients, readGradients } from "./read-gradients.ts";
import { readSplit } from "./read-split.ts";

/** Counts of steps, samples and epochs stay exact in a double up to here. */
const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/** Activations of a batch are sized by it; a larger batch is a mistake. */
const MAX_BATCH = 1 << 24;

const width = integer(1, MAX_COLS);
const count = integer(0, MAX_COUNT);
const rows = integer(1, MAX_ROWS);
const share = real(0, 1);
const positive = real(Number.MIN_VALUE, Number.MAX_VALUE);

const bits: Reader<TrainingBits> = (value, place) => {
  const found = [...BIT_WIDTHS, 32 as const].find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw unexpected(place, `${BIT_WIDTHS.join(", ")} or 32 (floats)`, value);
};

const pair: Reader<readonly [number, number]> = (value, place) => {
  const weights = list(real(0, Number.MAX_VALUE), 2)(value, place);
  if (weights.length !== 2) throw unexpected(place, "two numbers, for labels 0 and 1", value);
  return [weights[0], weights[1]];
};

const model: Reader<ModelConfig> = record({
  embeddingDim: width,
  bottom: list(width, 1),
  top: list(width, 1),
  interaction: oneOf("dot", "cat"),
  interactionItself: flag,
  pooling: oneOf("sum", "mean"),
  poolingWeights: oneOf("none", "fixed", "learned"),
  embeddingInit: record({ kind: oneOf("uniform", "normal"), std: real(0, Number.MAX_VALUE) }),
  quotientRemainder: record({
    enabled: flag,
    threshold: count,
    collisions: rows,
    combine: oneOf("mult", "add", "concat"),
  }),
  mixedDimensions: record({ enabled: flag, threshold: count, temperature: real(0, 10), roundDims: flag }),
  hashing: readHashing,
  robe: readRobe,
  tensorTrain: readTensorTrain,
});

const granularity = oneOf("table", "row", "group");

const overrides: Reader<readonly TableOverride[]> = (value, place) => {
  const rules = list(record<TableOverride>({ minRows: rows, bits, granularity }), 0)(value, place);
  rules.forEach(({ minRows }, i) => {
    if (i === 0 || minRows > rules[i - 1].minRows) return;
    const expected = `more than the ${rules[i - 1].minRows} of the rule before`;
    throw unexpected(inside(inside(place, String(i)), "minRows"), expected, minRows);
  });
  return rules;
};

const quantization: Reader<QuantizationConfig> = record({
  tables: record<TableQuantizationConfig>({
    quantizer: oneOf("uniform", "dead-zone", "dorefa", "lsq", "stored"),
    bits,
    granularity,
    groupCols: width,
    refresh: oneOf("every-step", "periodic", "once"),
    periodSteps: integer(1, 2 ** 31),
    deadZone: record({
      threshold: oneOf("relative", "absolute", "frequency"),
      value: real(0, 2 ** 127),
      minTouches: integer(0, 2 ** 31 - 1),
      levels: oneOf("uniform", "log"),
    }),
    dorefa: record({ range: oneOf("table", "unit") }),
    lsq: record({ step: oneOf("relative", "gradient"), rate: share }),
    stored: record({
      rounding: oneOf("nearest", "stochastic"),
      step: oneOf("absmax", "learned"),
      stepLearningRate: real(0, Number.MAX_VALUE),
    }),
    overrides,
  }),
  mlp: record({ bits, granularity: oneOf("channel", "matrix"), bias: oneOf("float", "same") }),
  activations: readActivations,
  interactionBits: oneOf(16, 32),
  schedule: readSchedule(bits),
});

const optimizer: Reader<OptimizerConfig> = record({
  kind: oneOf("sgd", "adagrad", "rowwise-adagrad"),
  epsilon: real(0, 1),
});

const learningRate: Reader<LearningRatePolicy> = record({
  base: positive,
  warmupSteps: count,
  decayStartStep: count,
  decaySteps: count,
  hold: oneOf("base", "reference"),
});

const training: Reader<TrainingConfig> = record({
  batchSize: integer(1, MAX_BATCH),
  evaluationBatchSize: integer(1, MAX_BATCH),
  epochs: integer(1, MAX_COUNT),
  evaluateEverySteps: count,
  patience: count,
  recordTest: flag,
  shuffle: flag,
  resetEmbeddings: flag,
});

const categories: Reader<CategoryConfig> = record({
  kind: oneOf("vocabulary", "hash", "modulo"),
  minCount: integer(1, MAX_COUNT),
  hashRows: rows,
  maxIndexRange: integer(0, MAX_ROWS),
  unknown: oneOf("row", "refuse"),
  missing: oneOf("own", "zero"),
});

const data: Reader<DataConfig> = record({
  dense: record({ transform: oneOf("none", "log1p"), standardize: flag, missingFlags: flag }),
  categories,
  fitOn: oneOf("training", "all"),
  dropNegatives: share,
  split: readSplit,
});

const config: Reader<DlrmConfig> = record({
  version: oneOf(1),
  model,
  quantization,
  regularization: readRegularization,
  loss: record({
    kind: oneOf("bce", "wbce", "mse"),
    threshold: real(0, 0.499),
    weights: pair,
    roundTargets: flag,
  }),
  optimizer,
  learningRate,
  training,
  data,
  gradients: readGradients,
  compatibility: record({ quotientRemainderInit: flag, saturatingLoss: flag }),
});

/**
 * Reads a configuration from parsed JSON and checks that its parts fit together.
 *
 * @throws CONFIG naming `source` and the dotted path: a key is missing or unknown, a value is wrong, or two do not fit
 *
 * ```ts doctest
 * import { parseConfig, presets } from "@dqrm/dlrm";
 * const text = JSON.stringify(presets.kaggle);
 * parseConfig("config.json", JSON.parse(text)).model.embeddingDim; // => 16
 * ```
 */
export function parseConfig(source: string, value: unknown): DlrmConfig {
  const result = config(value, { source, path: "" });
  checkTogether(source, result);
  checkPhases(source, result);
  return result;
}

function checkTogether(source: string, config: DlrmConfig): void {
  const { learningRate: rate, model: parts, quantization: quantized } = config;
  const refuse: Refuse = (path, expected, actual) => {
    throw new DqrmError("CONFIG", { source, path, expected, actual });
  };
  checkTables(quantized, refuse);
  checkGradients(config.gradients, refuse);
  const { bottom, embeddingDim, quotientRemainder, top } = parts;
  const concat = quotientRemainder.enabled && quotientRemainder.combine === "concat";
  const vectorCols = concat ? 2 * embeddingDim : embeddingDim;
  if (bottom.at(-1) !== vectorCols) {
    const why = concat ? "2 × model.embeddingDim, for quotient-remainder concat" : "model.embeddingDim";
    refuse("model.bottom", `a list ending with ${vectorCols} (${why})`, JSON.stringify(bottom));
  }
  if (top.at(-1) !== 1) refuse("model.top", "a list ending with 1", JSON.stringify(top));
  checkCompression(parts, refuse);
  if (rate.decaySteps > 0 && rate.decayStartStep < rate.warmupSteps) {
    const expected = `at least learningRate.warmupSteps = ${rate.warmupSteps}`;
    refuse("learningRate.decayStartStep", expected, String(rate.decayStartStep));
  }
}
