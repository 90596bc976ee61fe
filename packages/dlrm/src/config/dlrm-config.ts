import type { BitWidth, OptimizerSpec, Pooling } from "@dqrm/core";
import type { SplitSpec } from "@dqrm/data";
import type { GradientsConfig } from "./gradient-config.ts";
import type { ActivationConfig, QuantizationPhase, RegularizationConfig } from "./layer-config.ts";
import type { LearningRatePolicy } from "../training/learning-rate.ts";
import type { HashingConfig, RobeConfig, TensorTrainConfig } from "./compression-config.ts";

/**
 * Describes the layers and embeddings of a model, without what the data decide (its features and their row counts).
 *
 * @source facebookresearch/dlrm, flags --arch-*, --qr-*, --md-*, --weighted-pooling
 */
export interface ModelConfig {
  /** Columns of the embedding tables. */
  readonly embeddingDim: number;
  /** Sizes of the bottom layers after the input; the last is embeddingDim, or twice that with quotient-remainder concat. */
  readonly bottom: readonly number[];
  /** Sizes of the top layers after the input; the last is 1. */
  readonly top: readonly number[];
  readonly interaction: "dot" | "cat";
  /** Adds each vector's product with itself to the dot interaction. */
  readonly interactionItself: boolean;
  readonly pooling: Pooling;
  readonly poolingWeights: "none" | "fixed" | "learned";
  readonly embeddingInit: EmbeddingInit;
  readonly quotientRemainder: QuotientRemainderConfig;
  readonly mixedDimensions: MixedDimensionsConfig;
  /** At most one of this, the two above and the two below is enabled. */
  readonly hashing: HashingConfig;
  readonly robe: RobeConfig;
  readonly tensorTrain: TensorTrainConfig;
}

/**
 * Says how embedding tables start.
 *
 * @units uniform: U(−1/√rows, 1/√rows), `std` is not read; normal: N(0, std²)
 */
export interface EmbeddingInit {
  readonly kind: "uniform" | "normal";
  readonly std: number;
}

/**
 * Says which tables are split into a quotient and a remainder table.
 *
 * @source facebookresearch/dlrm tricks/qr_embedding_bag.py
 */
export interface QuotientRemainderConfig {
  readonly enabled: boolean;
  /** Tables with more rows than this are split. */
  readonly threshold: number;
  /** Rows of the remainder table. */
  readonly collisions: number;
  readonly combine: "mult" | "add" | "concat";
}

/**
 * Says which tables are narrower than embeddingDim and projected to it.
 *
 * @source facebookresearch/dlrm tricks/md_embedding_bag.py
 */
export interface MixedDimensionsConfig {
  readonly enabled: boolean;
  /** Tables with more rows than this may be narrower. */
  readonly threshold: number;
  /** Exponent of the power rule: 0 keeps all tables equally wide. */
  readonly temperature: number;
  /** Rounds the widths to powers of 2. */
  readonly roundDims: boolean;
}

/** Names a bit width of weights in training; 32 means floats, unquantized. */
export type TrainingBits = BitWidth | 32;

/** Says how the forward pass sees weights and activations: exact (bits 32) or through codes. */
export interface QuantizationConfig {
  readonly tables: TableQuantizationConfig;
  readonly mlp: MlpQuantizationConfig;
  readonly activations: ActivationConfig;
  /** 16 rounds the vectors of a dot interaction to 16-bit codes before their products; 32 does not. */
  readonly interactionBits: 16 | 32;
  /** Empty: `tables.bits` and `mlp.bits` hold from the first epoch to the last. Before the first phase they hold too. */
  readonly schedule: readonly QuantizationPhase[];
}

/**
 * Says how embedding tables are quantized in training and in the packed model.
 *
 * uniform: DQRM's codes around zero, or floats at 32 bits; dead-zone: zero below a threshold and all codes above it, 2 to 8
 * bits, or exact above it at 32; dorefa and lsq: the paper's baselines, all three with one scale for each table; stored:
 * codes without float weights behind them, in training too, with one scale for each row.
 */
export interface TableQuantizationConfig {
  readonly quantizer: "uniform" | "dead-zone" | "dorefa" | "lsq" | "stored";
  readonly bits: TrainingBits;
  readonly granularity: "table" | "row" | "group";
  /** Neighbouring columns that share a scale; read with granularity "group" only. */
  readonly groupCols: number;
  /** Steps whose scales are chosen anew; "lsq" learns its scale and "stored" follows each row: they do not read this. */
  readonly refresh: "every-step" | "periodic" | "once";
  /** Steps between two refreshes; read with refresh "periodic" only. */
  readonly periodSteps: number;
  readonly deadZone: DeadZoneConfig;
  readonly dorefa: DorefaConfig;
  readonly lsq: LsqConfig;
  readonly stored: StoredConfig;
  /** Rules for tables of some size, shortest first; empty: all tables are quantized alike. */
  readonly overrides: readonly TableOverride[];
}

/**
 * Says which weights become zero and how the codes are spent on the others; read with quantizer "dead-zone" only.
 *
 * relative: weights below `value` × the table's absmax; absolute: those below `value`; frequency: all weights of rows that
 * fewer than `minTouches` steps of training touched, and of the others those below `value` × absmax.
 */
export interface DeadZoneConfig {
  readonly threshold: "relative" | "absolute" | "frequency";
  readonly value: number;
  /** Read with threshold "frequency" only. */
  readonly minTouches: number;
  /** Equal steps between the threshold and the absmax, or nearly equal ratios; not read with 32 bits. */
  readonly levels: "uniform" | "log";
}

/** Says what DoReFa's steps cover: the table's own range, or [−1, 1] as in the authors' baseline; read with quantizer "dorefa" only. */
export interface DorefaConfig {
  readonly range: "table" | "unit";
}

/**
 * Says how a learned step follows its gradient; read with quantizer "lsq" only.
 *
 * "relative" changes it by at most the factor e^rate in a step of training; "gradient" is LSQ's own rule, which reads no rate.
 */
export interface LsqConfig {
  readonly step: "relative" | "gradient";
  readonly rate: number;
}

/**
 * Says how tables without float weights learn; read with quantizer "stored" only.
 *
 * Rounding to nearest loses changes below half a step, so that training stalls: it is there to be compared with.
 *
 * @source ALPT, Li et al. 2022, for step "learned"
 */
export interface StoredConfig {
  readonly rounding: "nearest" | "stochastic";
  /** absmax: the step of a row follows its largest weight; learned: it descends along its own gradient. */
  readonly step: "absmax" | "learned";
  /** Learning rate of the steps, whatever that of the weights is at the moment; read with step "learned" only. */
  readonly stepLearningRate: number;
}

/**
 * Gives tables with at least `minRows` rows other bits; of several rules that a table reaches, the last holds.
 *
 * Arrays that several features share are no table of one size: no rule reaches them.
 */
export interface TableOverride {
  readonly minRows: number;
  readonly bits: TrainingBits;
  readonly granularity: TableQuantizationConfig["granularity"];
}

/** Says how linear layers are quantized: one scale for each output ("channel") or one for each layer ("matrix"). */
export interface MlpQuantizationConfig {
  readonly bits: TrainingBits;
  readonly granularity: "channel" | "matrix";
  /** "same" gives the bias the bits and scale of its output, as the authors do; "float" keeps it. */
  readonly bias: "float" | "same";
}

/** Says what training minimises. */
export interface LossConfig {
  readonly kind: "bce" | "wbce" | "mse";
  /** Clamps predictions to [threshold, 1 − threshold]; 0 leaves them. */
  readonly threshold: number;
  /** Factors of labels 0 and 1, read with kind "wbce" only. */
  readonly weights: readonly [number, number];
  /** Rounds the labels to 0 or 1. */
  readonly roundTargets: boolean;
}

/** Names the update rule; `epsilon` is read by the Adagrad kinds only. */
export interface OptimizerConfig {
  readonly kind: OptimizerSpec["kind"];
  readonly epsilon: number;
}

/** Says how long training runs and how it is watched. */
export interface TrainingConfig {
  readonly batchSize: number;
  readonly evaluationBatchSize: number;
  readonly epochs: number;
  /** Steps between evaluations inside an epoch, besides the one at its end; 0: only at the end. */
  readonly evaluateEverySteps: number;
  /** Evaluations without a better validation AUC after which training stops; 0: never. */
  readonly patience: number;
  /** Records test metrics at every evaluation, for curves; they never select. Otherwise the test set is read once, at the end. */
  readonly recordTest: boolean;
  /** Draws a new seeded order of the training samples in each epoch; otherwise they come as they stand. */
  readonly shuffle: boolean;
  /** Draws the embedding tables anew before each epoch but the first, and forgets what the optimizer knew of them. */
  readonly resetEmbeddings: boolean;
}

/** Says how raw records become numbers and row indices, and which of them train, select and test. */
export interface DataConfig {
  readonly dense: DenseConfig;
  readonly categories: CategoryConfig;
  /** training: encodings learn nothing from validation and test rows; all: dictionaries cover them, as in the reference. */
  readonly fitOn: "training" | "all";
  /** Probability with which a negative row is dropped before anything else. */
  readonly dropNegatives: number;
  readonly split: SplitSpec;
}

/** Says how numeric columns are encoded; missing values count as 0. */
export interface DenseConfig {
  /** "log1p" gives ln(1 + max(x, 0)). */
  readonly transform: "none" | "log1p";
  /** Subtracts the training mean and divides by the training deviation. */
  readonly standardize: boolean;
  /** Adds, for each column that has missing values, a column that is 1 where the value is missing. */
  readonly missingFlags: boolean;
}

/** Says how categorical columns become row indices. */
export interface CategoryConfig {
  /**
   * "vocabulary" numbers the values that were seen; "hash" needs no pass over the data; "modulo" takes Criteo's codes
   * modulo maxIndexRange as they are.
   */
  readonly kind: "vocabulary" | "hash" | "modulo";
  /** Values rarer than this share the out-of-vocabulary row; read with kind "vocabulary" only. */
  readonly minCount: number;
  /** Rows of each hashed table; read with kind "hash" only. */
  readonly hashRows: number;
  /** Codes are taken modulo this before anything else; 0: they are not. */
  readonly maxIndexRange: number;
  /** "row" gives unseen values the out-of-vocabulary row; "refuse" makes them an error, and spends no row. */
  readonly unknown: "row" | "refuse";
  /** "own" gives missing values a row of their own; "zero" counts them as code 0, as the reference does. */
  readonly missing: "own" | "zero";
}

/**
 * Reproduces known defects of the reference programs, so that their runs can be compared step by step.
 *
 * The hold of the learning rate has its own switch, LearningRatePolicy.hold.
 *
 * @source facebookresearch/dlrm: QREmbeddingBag.reset_parameters; sigmoid and BCELoss in float32
 */
export interface CompatibilityConfig {
  /** Starts quotient and remainder tables with U(1/√rows, 1) instead of U(−1/√rows, 1/√rows). */
  readonly quotientRemainderInit: boolean;
  /** Computes the loss from a float32 probability, so that samples beyond about ±17 logits give no gradient. */
  readonly saturatingLoss: boolean;
}

/**
 * Describes a training run as data. Every field is always there, so that any can be overridden by its dotted path.
 *
 * @source DQRM §3, §4; facebookresearch/dlrm for the names
 */
export interface DlrmConfig {
  readonly version: 1;
  readonly model: ModelConfig;
  readonly quantization: QuantizationConfig;
  readonly regularization: RegularizationConfig;
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly learningRate: LearningRatePolicy;
  readonly training: TrainingConfig;
  readonly data: DataConfig;
  readonly gradients: GradientsConfig;
  readonly compatibility: CompatibilityConfig;
}
