import { plainGradients } from "./gradient-presets.ts";
import type { DataConfig, DlrmConfig, ModelConfig, QuantizationConfig } from "./dlrm-config.ts";

const plainModel = {
  interaction: "dot",
  interactionItself: false,
  pooling: "sum",
  poolingWeights: "none",
  embeddingInit: { kind: "uniform", std: 0.01 },
  quotientRemainder: { enabled: false, threshold: 200, collisions: 4, combine: "mult" },
  mixedDimensions: { enabled: false, threshold: 200, temperature: 0.3, roundDims: true },
  hashing: { enabled: false, threshold: 10_000, rows: 10_000 },
  robe: { enabled: false, threshold: 200, cells: 2_500_000, blockCols: 4, hash: "mixing", signs: true },
  tensorTrain: { enabled: false, threshold: 10_000, rank: 16 },
} as const satisfies Partial<ModelConfig>;

const int4 = {
  tables: {
    quantizer: "uniform",
    bits: 4,
    granularity: "table",
    groupCols: 8,
    refresh: "periodic",
    periodSteps: 200,
    // A half step of 4 bits: what uniform codes turn into zero.
    deadZone: { threshold: "relative", value: 1 / 14, minTouches: 3, levels: "log" },
    dorefa: { range: "table" },
    lsq: { step: "relative", rate: 0.05 },
    stored: { rounding: "stochastic", step: "absmax", stepLearningRate: 0.01 },
    overrides: [],
  },
  mlp: { bits: 4, granularity: "channel", bias: "same" },
  activations: { bits: 32, at: "stacks", range: "ema", momentum: 0.95 },
  interactionBits: 32,
  schedule: [],
} as const satisfies QuantizationConfig;

const criteoData = {
  dense: { transform: "log1p", standardize: false, missingFlags: false },
  categories: {
    kind: "vocabulary",
    minCount: 1,
    hashRows: 1_000_000,
    maxIndexRange: 0,
    unknown: "refuse",
    missing: "zero",
  },
  fitOn: "all",
  dropNegatives: 0,
  split: { kind: "criteo", days: 7 },
} as const satisfies DataConfig;

const kaggle: DlrmConfig = {
  version: 1,
  model: {
    ...plainModel,
    embeddingDim: 16,
    bottom: [512, 256, 64, 16],
    top: [512, 256, 1],
  },
  quantization: int4,
  regularization: { l2: 0, dropout: 0 },
  loss: { kind: "bce", threshold: 0, weights: [1, 1], roundTargets: true },
  optimizer: { kind: "sgd", epsilon: 1e-10 },
  learningRate: { base: 0.1, warmupSteps: 0, decayStartStep: 0, decaySteps: 0, hold: "base" },
  training: {
    batchSize: 128,
    evaluationBatchSize: 1024,
    epochs: 5,
    evaluateEverySteps: 10_240,
    patience: 0,
    recordTest: true,
    shuffle: true,
    resetEmbeddings: false,
  },
  data: criteoData,
  gradients: plainGradients,
  compatibility: { quotientRemainderInit: false, saturatingLoss: false },
};

const terabyte: DlrmConfig = {
  ...kaggle,
  model: {
    ...plainModel,
    embeddingDim: 64,
    bottom: [512, 256, 64],
    top: [512, 512, 256, 1],
    robe: { ...plainModel.robe, blockCols: 16 },
  },
  quantization: { ...int4, tables: { ...int4.tables, periodSteps: 1000 } },
  training: { ...kaggle.training, batchSize: 2048, evaluationBatchSize: 16_384 },
  data: {
    ...criteoData,
    categories: { ...criteoData.categories, maxIndexRange: 10_000_000 },
    dropNegatives: 0.875,
    split: { kind: "criteo", days: 24 },
  },
};

const mlperf: DlrmConfig = {
  ...terabyte,
  model: {
    ...plainModel,
    embeddingDim: 128,
    bottom: [512, 256, 128],
    top: [1024, 1024, 512, 256, 1],
    robe: { ...plainModel.robe, blockCols: 32 },
  },
  learningRate: { ...kaggle.learningRate, base: 1 },
  training: { ...terabyte.training, epochs: 1, evaluateEverySteps: 102_400 },
  data: {
    ...terabyte.data,
    categories: { ...criteoData.categories, maxIndexRange: 40_000_000 },
    dropNegatives: 0,
  },
};

const demo: DlrmConfig = {
  ...kaggle,
  model: { ...plainModel, embeddingDim: 16, bottom: [32, 16], top: [64, 32, 1] },
  quantization: { ...int4, mlp: { ...int4.mlp, bias: "float" } },
  learningRate: { ...kaggle.learningRate, base: 0.5 },
  training: { ...kaggle.training, epochs: 8, evaluateEverySteps: 0 },
  data: {
    dense: { transform: "none", standardize: false, missingFlags: false },
    categories: { ...criteoData.categories, unknown: "row", missing: "own" },
    fitOn: "training",
    dropNegatives: 0,
    split: { kind: "temporal", validation: 0.1, test: 0.1 },
  },
};

const recommended: DlrmConfig = {
  ...kaggle,
  model: { ...kaggle.model, embeddingInit: { kind: "normal", std: 0.01 } },
  quantization: {
    ...int4,
    tables: { ...int4.tables, refresh: "every-step" },
    mlp: { ...int4.mlp, bias: "float" },
  },
  optimizer: { kind: "adagrad", epsilon: 1e-10 },
  learningRate: { ...kaggle.learningRate, base: 0.01 },
  training: { ...kaggle.training, batchSize: 512, epochs: 3, evaluateEverySteps: 0, patience: 1 },
  data: {
    dense: { transform: "log1p", standardize: true, missingFlags: true },
    categories: { ...criteoData.categories, minCount: 10, unknown: "row", missing: "own" },
    fitOn: "training",
    dropNegatives: 0,
    split: { kind: "temporal", validation: 0.1, test: 0.1 },
  },
};

/** Names the configurations that come with the package. */
export type PresetName = "demo" | "kaggle" | "terabyte" | "mlperf" | "recommended";

/**
 * Holds the configurations that come with the package.
 *
 * demo: the planted data of `synthetic:planted`; kaggle, terabyte: the paper's models and training with INT4 weights
 * and its period of the scales; mlperf: the model of 40 million rows a table and 128 columns, with the same INT4;
 * recommended: the preprocessing and optimizer that do best on a sample of Criteo.
 *
 * @source DQRM Table 1 and its training scripts; mlperf: facebookresearch/dlrm bench/run_and_time.sh; demo: our
 *         planted experiment
 *
 * ```ts doctest
 * import { presets } from "@dqrm/dlrm";
 * presets.terabyte.model.top; // => [512, 512, 256, 1]
 * ```
 */
export const presets: { readonly [N in PresetName]: DlrmConfig } = {
  demo,
  kaggle,
  terabyte,
  mlperf,
  recommended,
};

/**
 * Gives the same configuration in floats, to compare with.
 *
 * ```ts doctest
 * import { floatTwin, presets } from "@dqrm/dlrm";
 * floatTwin(presets.demo).quantization.tables.bits; // => 32
 * ```
 */
export function floatTwin(config: DlrmConfig): DlrmConfig {
  const { activations, mlp, tables } = config.quantization;
  return {
    ...config,
    quantization: {
      tables: { ...tables, quantizer: "uniform", bits: 32, overrides: [] },
      mlp: { ...mlp, bits: 32 },
      activations: { ...activations, bits: 32 },
      interactionBits: 32,
      schedule: [],
    },
  };
}
