// What @dqrm/dlrm exports. Written by tools/api-report; review the difference, do not edit.

import type { Arena, BitWidth, InferencePlan, KernelBackend, Kernels, ModelSpec, ModelState, OptimizerSpec, PackedModel, Pooling } from "@dqrm/core";

import type { DatasetParts, EncodedDataset, EncodedFeature, SplitSpec } from "@dqrm/data";

export interface ByteReport {
    readonly tables: readonly TableBytes[];
    readonly embeddings: number;
    readonly mlp: number;
    readonly scales: number;
    readonly headers: number;
    readonly total: number;
    readonly float: number;
}

export interface CategoryConfig {
    readonly kind: "vocabulary" | "hash" | "modulo";
    readonly minCount: number;
    readonly hashRows: number;
    readonly maxIndexRange: number;
    readonly unknown: "row" | "refuse";
    readonly missing: "own" | "zero";
}

export interface CompatibilityConfig {
    readonly quotientRemainderInit: boolean;
    readonly saturatingLoss: boolean;
}

export interface DataConfig {
    readonly dense: DenseConfig;
    readonly categories: CategoryConfig;
    readonly fitOn: "training" | "all";
    readonly dropNegatives: number;
    readonly split: SplitSpec;
}

export interface DataShape {
    readonly denseFeatures: number;
    readonly features: readonly EncodedFeature[];
}

export interface DecodedState {
    readonly spec: ModelSpec;
    readonly state: ModelState;
}

export interface DenseConfig {
    readonly transform: "none" | "log1p";
    readonly standardize: boolean;
    readonly missingFlags: boolean;
}

export interface DlrmConfig {
    readonly version: 1;
    readonly model: ModelConfig;
    readonly quantization: QuantizationConfig;
    readonly loss: LossConfig;
    readonly optimizer: OptimizerConfig;
    readonly learningRate: LearningRatePolicy;
    readonly training: TrainingConfig;
    readonly data: DataConfig;
    readonly compatibility: CompatibilityConfig;
}

export interface EmbeddingInit {
    readonly kind: "uniform" | "normal";
    readonly std: number;
}

export interface EpochRecord {
    readonly epoch: number;
    readonly endOfEpoch: boolean;
    readonly step: number;
    readonly samplesSeen: number;
    readonly trainLoss: number;
    readonly validation: Metrics | null;
    readonly test: Metrics | null;
}

export interface EvaluationOptions {
    readonly batchSize: number;
    readonly roundTargets: boolean;
}

export interface InitOptions {
    readonly seed: number;
    readonly arena: Arena;
    readonly embeddingInit: EmbeddingInit;
    readonly compatibility: CompatibilityConfig;
}

export interface LearningRatePolicy {
    readonly base: number;
    readonly warmupSteps: number;
    readonly decayStartStep: number;
    readonly decaySteps: number;
    readonly hold: "base" | "reference";
}

export interface LossConfig {
    readonly kind: "bce" | "wbce" | "mse";
    readonly threshold: number;
    readonly weights: readonly [
        number,
        number
    ];
    readonly roundTargets: boolean;
}

export declare const MAX_DIMENSIONS = 16;

export declare const MAX_HEADER_BYTES = 100000000;

export declare const MINIMUM_DECAYED_RATE = 1e-7;

export declare const MODEL_FILE_VERSION = 1;

export interface Metrics {
    readonly samples: number;
    readonly auc: number | null;
    readonly accuracy: number;
    readonly logloss: number;
    readonly ne: number | null;
    readonly calibration: number | null;
    readonly averagePrecision: number | null;
}

export interface MixedDimensionsConfig {
    readonly enabled: boolean;
    readonly threshold: number;
    readonly temperature: number;
    readonly roundDims: boolean;
}

export interface MlpQuantizationConfig {
    readonly bits: TrainingBits;
    readonly granularity: "channel" | "matrix";
    readonly bias: "float" | "same";
}

export interface ModelConfig {
    readonly embeddingDim: number;
    readonly bottom: readonly number[];
    readonly top: readonly number[];
    readonly interaction: "dot" | "cat";
    readonly interactionItself: boolean;
    readonly pooling: Pooling;
    readonly poolingWeights: "none" | "fixed" | "learned";
    readonly embeddingInit: EmbeddingInit;
    readonly quotientRemainder: QuotientRemainderConfig;
    readonly mixedDimensions: MixedDimensionsConfig;
}

export interface OptimizerConfig {
    readonly kind: OptimizerSpec["kind"];
    readonly epsilon: number;
}

export interface PlacedTensor extends TensorEntry {
    readonly begin: number;
    readonly end: number;
}

export interface PredictedBatch {
    readonly probabilities: Float32Array;
    readonly labels: Float32Array;
}

export type PresetName = "demo" | "kaggle" | "terabyte" | "recommended";

export interface QuantizationConfig {
    readonly tables: TableQuantizationConfig;
    readonly mlp: MlpQuantizationConfig;
}

export interface QuotientRemainderConfig {
    readonly enabled: boolean;
    readonly threshold: number;
    readonly collisions: number;
    readonly combine: "mult" | "add" | "concat";
}

export interface Safetensors {
    readonly metadata: ReadonlyMap<string, string>;
    readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface SafetensorsFile {
    readonly layout: SafetensorsLayout;
    readonly parts: readonly Uint8Array[];
}

export interface SafetensorsHeader {
    readonly headerBytes: number;
    readonly metadata: ReadonlyMap<string, string>;
    readonly tensors: readonly PlacedTensor[];
}

export interface SafetensorsLayout {
    readonly header: Uint8Array<ArrayBuffer>;
    readonly tensors: readonly PlacedTensor[];
    readonly paddingBytes: number;
    readonly dataBytes: number;
    readonly fileBytes: number;
}

export interface StateBytes {
    readonly source: string;
    readonly model: Uint8Array;
    readonly optimizer: Uint8Array;
}

export interface StateFiles {
    readonly model: SafetensorsFile;
    readonly optimizer: SafetensorsFile;
}

export interface StreamingAuc {
    add(predictions: Float32Array, labels: Float32Array, begin: number, end: number): void;
    result(): StreamingAucResult | null;
}

export interface StreamingAucResult {
    readonly auc: number;
    readonly errorBound: number;
}

export interface TableBytes {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    readonly bits: number;
    readonly bytes: number;
    readonly scaleBytes: number;
}

export interface TableQuantizationConfig {
    readonly bits: TrainingBits;
    readonly granularity: "table" | "row" | "group";
    readonly groupCols: number;
    readonly refresh: "every-step" | "periodic" | "once";
    readonly periodSteps: number;
}

export type Tensor = {
    [D in TensorDtype]: {
        readonly name: string;
        readonly dtype: D;
        readonly shape: readonly number[];
        readonly data: TensorArrays[D];
    };
}[TensorDtype];

export interface TensorArrays {
    readonly U8: Uint8Array;
    readonly I8: Int8Array;
    readonly U16: Uint16Array;
    readonly I16: Int16Array;
    readonly U32: Uint32Array;
    readonly I32: Int32Array;
    readonly F32: Float32Array;
    readonly F64: Float64Array;
}

export type TensorDtype = keyof TensorArrays;

export interface TensorEntry {
    readonly name: string;
    readonly dtype: TensorDtype;
    readonly shape: readonly number[];
}

export interface TrainerState {
    readonly version: 1;
    readonly seed: number;
    readonly epoch: number;
    readonly batch: number;
    readonly samplesSeen: number;
    readonly lossSum: number;
    readonly lossSamples: number;
    readonly best: number | null;
    readonly stoppedEarly: boolean;
    readonly history: readonly EpochRecord[];
}

export type TrainingBits = BitWidth | 32;

export interface TrainingCheckpoint {
    readonly trainer: TrainerState;
    readonly state: ModelState;
    readonly best: ModelState | undefined;
}

export interface TrainingConfig {
    readonly batchSize: number;
    readonly evaluationBatchSize: number;
    readonly epochs: number;
    readonly evaluateEverySteps: number;
    readonly patience: number;
    readonly recordTest: boolean;
    readonly shuffle: boolean;
}

export interface TrainingEvaluation {
    readonly kind: "evaluation";
    readonly record: EpochRecord;
    readonly best: boolean;
}

export type TrainingEvent = TrainingProgress | TrainingEvaluation;

export interface TrainingHooks {
    readonly onCheckpoint?: (checkpoint: TrainingCheckpoint) => Promise<void>;
    readonly checkpointEverySteps?: number;
    readonly pause?: () => Promise<void>;
    readonly onEvent?: (event: TrainingEvent) => void;
}

export interface TrainingOptions {
    readonly config: DlrmConfig;
    readonly parts: DatasetParts;
    readonly seed: number;
    readonly kernels: Kernels;
    readonly clock: () => number;
    readonly arena?: Arena;
    readonly signal?: AbortSignal;
    readonly hooks?: TrainingHooks;
    readonly resume?: TrainingCheckpoint;
}

export interface TrainingProgress {
    readonly kind: "progress";
    readonly epoch: number;
    readonly epochs: number;
    readonly batch: number;
    readonly batches: number;
    readonly step: number;
    readonly loss: number;
    readonly samplesPerSecond: number;
    readonly secondsLeft: number;
}

export interface TrainingResult {
    readonly spec: ModelSpec;
    readonly state: ModelState;
    readonly selected: ModelState;
    readonly trainer: TrainerState;
    readonly outcome: "finished" | "early-stop" | "aborted";
    readonly selectedRecord: EpochRecord | null;
    readonly test: Metrics | null;
    readonly samplesPerSecond: number;
    readonly seconds: number;
}

export declare function allocateSnapshot(spec: ModelSpec, arena: Arena): ModelState;

export declare function averagePrecision(scores: Float32Array, labels: Float32Array): number | null;

export declare function buildModelSpec(config: DlrmConfig, shape: DataShape): ModelSpec;

export declare function byteReport(spec: ModelSpec, headers: number): ByteReport;

export declare function compatibleKernels(compatibility: CompatibilityConfig, kernels: Kernels): Kernels;

export declare function copyModelState(from: ModelState, to: ModelState): void;

export declare function copyWeights(from: ModelState, to: ModelState): void;

export declare function createStreamingAuc(bins: number): StreamingAuc;

export declare function decodeModelState(bytes: StateBytes, step: number): DecodedState;

export declare function decodePackedModel(source: string, bytes: Uint8Array): PackedModel;

export declare function decodeSafetensors(source: string, bytes: Uint8Array): Safetensors;

export declare function decodeSafetensorsHeader(source: string, start: Uint8Array, fileBytes: number): SafetensorsHeader;

export declare function decodeSnapshot(source: string, bytes: Uint8Array, spec: ModelSpec, step: number): ModelState;

export declare function encodeModelState(spec: ModelSpec, state: ModelState): StateFiles;

export declare function encodePackedModel(model: PackedModel): SafetensorsFile;

export declare function encodeSafetensors(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): SafetensorsFile;

export declare function encodeSnapshot(spec: ModelSpec, snapshot: ModelState): SafetensorsFile;

export declare function evaluateModel(plan: InferencePlan, dataset: EncodedDataset, options: EvaluationOptions): Metrics | null;

export declare function evaluateModelPausing(plan: InferencePlan, dataset: EncodedDataset, options: EvaluationOptions & {
    readonly afterBatch: () => Promise<void>;
}): Promise<Metrics | null>;

export declare function evaluatePredictions(predictions: Float32Array, labels: Float32Array): Metrics;

export declare function exactAuc(scores: Float32Array, labels: Float32Array): number | null;

export declare function floatTwin(config: DlrmConfig): DlrmConfig;

export declare function initModelState(spec: ModelSpec, options: InitOptions): ModelState;

export declare function initialTrainerState(seed: number): TrainerState;

export declare function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;

export declare function layoutPackedModel(spec: ModelSpec): SafetensorsLayout;

export declare function layoutSafetensors(entries: readonly TensorEntry[], metadata: Readonly<Record<string, string>>): SafetensorsLayout;

export declare function learningRateAt(policy: LearningRatePolicy, step: number): number;

export declare function logLoss(predictions: Float32Array, labels: Float32Array): number;

export declare function mixedDimensions(rows: readonly number[], embeddingDim: number, { roundDims, temperature, threshold }: MixedDimensionsConfig): readonly number[];

export declare function packModel(spec: ModelSpec, state: ModelState, kernels: Kernels): PackedModel;

export declare function parseConfig(source: string, value: unknown): DlrmConfig;

export declare function parseLayerSizes(source: string, text: string): {
    readonly inputs: number;
    readonly sizes: readonly number[];
};

export declare function parseModelSpec(source: string, json: unknown): ModelSpec;

export declare function parseTrainerState(source: string, value: unknown): TrainerState;

export declare function predict(plan: InferencePlan, dataset: EncodedDataset, batchSize: number): Generator<PredictedBatch, void, undefined>;

export declare const presets: {
    readonly [N in PresetName]: DlrmConfig;
};

export declare const saturatingLoss: KernelBackend;

export declare function setConfigValue(config: DlrmConfig, path: string, text: string): DlrmConfig;

export declare function setConfigValues(config: DlrmConfig, assignments: readonly (readonly [
    path: string,
    text: string
])[]): DlrmConfig;

export declare function trainModel(options: TrainingOptions): Promise<TrainingResult>;
