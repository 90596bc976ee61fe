// What @dqrm/dlrm exports. Written by tools/api-report; review the difference, do not edit.

import type { MeanScaleOptions, MessageParameter, SectionEncoder, SectionedCodec, Transport } from "@dqrm/comm";

import type { Arena, BitWidth, GradientGroup, InferencePlan, KernelBackend, Kernels, ModelGradients, ModelSpec, ModelState, OptimizerSpec, PackedModel, Pooling, RowGradient, Scheme, TableState, ValueCodingName } from "@dqrm/core";

import type { DatasetParts, EncodedDataset, EncodedFeature, SplitSpec } from "@dqrm/data";

import type { DeadZoneThreshold } from "@dqrm/quant";

export interface ActivationConfig {
    readonly bits: number;
    readonly at: "stacks" | "layers";
    readonly range: "ema" | "running";
    readonly momentum: number;
}

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

export interface DeadZoneConfig {
    readonly threshold: "relative" | "absolute" | "frequency";
    readonly value: number;
    readonly minTouches: number;
    readonly levels: "uniform" | "log";
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
    readonly regularization: RegularizationConfig;
    readonly loss: LossConfig;
    readonly optimizer: OptimizerConfig;
    readonly learningRate: LearningRatePolicy;
    readonly training: TrainingConfig;
    readonly data: DataConfig;
    readonly gradients: GradientsConfig;
    readonly compatibility: CompatibilityConfig;
}

export interface DorefaConfig {
    readonly range: "table" | "unit";
}

export interface EmbeddingInit {
    readonly kind: "uniform" | "normal";
    readonly std: number;
}

export interface EntropyChoice {
    coded: boolean;
}

export interface EntropyMeasure {
    took(milliseconds: number): void;
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

export interface ExchangeFigures {
    readonly bytes: number;
    readonly ratio: number;
    readonly milliseconds: number;
}

export interface GradientCodecs {
    readonly rows: SectionedCodec;
    readonly layers: SectionedCodec;
    readonly biases: SectionedCodec;
    readonly shared: {
        readonly rows: boolean;
        readonly layers: MeanScaleOptions["scale"] | undefined;
    };
    readonly errorFeedback: boolean;
    readonly kernels: Kernels | undefined;
    readonly entropy: EntropyChoice | undefined;
}

export interface GradientCodingConfig {
    readonly codec: "rows" | "topk" | "randomk" | "lowrank" | "meanscale";
    readonly values: ValueCodingName;
    readonly scale: "tensor" | "row" | "block";
    readonly blockValues: number;
    readonly rounding: "nearest" | "stochastic";
    readonly entropy: boolean;
    readonly share: number;
    readonly rank: number;
}

export interface GradientEncoder extends SectionEncoder {
    readonly state: readonly Float32Array[];
}

export type GradientPresetName = "auto" | "float32" | "int8" | "int4" | "onebit" | "lowrank" | "topk" | "paper-int8";

export interface GradientsConfig {
    readonly shards: number;
    readonly rows: GradientCodingConfig;
    readonly layers: GradientCodingConfig;
    readonly errorFeedback: boolean;
    readonly measureEntropy: boolean;
}

export interface HashingConfig {
    readonly enabled: boolean;
    readonly threshold: number;
    readonly rows: number;
}

export interface InitOptions {
    readonly seed: number;
    readonly arena: Arena;
    readonly embeddingInit: EmbeddingInit;
    readonly compatibility: CompatibilityConfig;
}

export interface LayerPostTraining extends MlpQuantizationConfig {
    readonly search: RangeSearch;
}

export type LayerSum = "gather" | "owner";

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

export interface LsqConfig {
    readonly step: "relative" | "gradient";
    readonly rate: number;
}

export declare const MAX_DIMENSIONS = 16;

export declare const MAX_HEADER_BYTES = 100000000;

export declare const MEASURED_STEPS = 20;

export declare const MINIMUM_DECAYED_RATE = 1e-7;

export declare const MODEL_FILE_VERSION = 1;

export type MetricChange = Readonly<Record<Exclude<keyof Metrics, "samples">, number | null>>;

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
    readonly hashing: HashingConfig;
    readonly robe: RobeConfig;
    readonly tensorTrain: TensorTrainConfig;
}

export interface ModelParameter extends MessageParameter {
    readonly place: ParameterPlace;
}

export interface OptimizerConfig {
    readonly kind: OptimizerSpec["kind"];
    readonly epsilon: number;
}

export type ParameterPlace = {
    readonly kind: "tables" | "poolingWeights";
    readonly index: number;
} | {
    readonly kind: "bottom" | "top" | "projections";
    readonly index: number;
    readonly part: "weight" | "bias";
} | {
    readonly kind: "loss" | "stop";
};

export interface PartDistortion {
    readonly meanSquaredError: number;
    readonly maxError: number;
    readonly signalToNoiseDb: number | null;
    readonly zeroShare: number;
    readonly clampedShare: number;
    readonly histogram: readonly number[];
}

export interface PartReport {
    readonly name: string;
    readonly kind: "table" | "layer";
    readonly rows: number;
    readonly cols: number;
    readonly bits: number;
    readonly floatBytes: number;
    readonly packedBytes: number;
    readonly distortion: PartDistortion | null;
}

export interface PlacedTensor extends TensorEntry {
    readonly begin: number;
    readonly end: number;
}

export interface PlanOptions {
    readonly tables: readonly TableDemand[];
    readonly cols: number;
    readonly budgetBytes: number;
    readonly widths: readonly TrainingBits[];
    readonly sharing: "robe" | "none";
    readonly blockCols: number;
    readonly alpha: number;
}

export interface PostTrainingConfig {
    readonly tables: TablePostTraining;
    readonly mlp: LayerPostTraining;
}

export interface PredictedBatch {
    readonly probabilities: Float32Array;
    readonly labels: Float32Array;
}

export type PresetName = "demo" | "kaggle" | "terabyte" | "mlperf" | "recommended";

export interface QuantizationConfig {
    readonly tables: TableQuantizationConfig;
    readonly mlp: MlpQuantizationConfig;
    readonly activations: ActivationConfig;
    readonly interactionBits: 16 | 32;
    readonly schedule: readonly QuantizationPhase[];
}

export interface QuantizationPhase {
    readonly fromEpoch: number;
    readonly tablesBits: TrainingBits;
    readonly mlpBits: TrainingBits;
}

export interface QuantizationReport {
    readonly parts: readonly PartReport[];
    readonly bytesBefore: number;
    readonly bytesAfter: number;
}

export interface QuantizedModel {
    readonly model: PackedModel;
    readonly report: QuantizationReport;
}

export interface QuotientRemainderConfig {
    readonly enabled: boolean;
    readonly threshold: number;
    readonly collisions: number;
    readonly combine: "mult" | "add" | "concat";
}

export type RangeSearch = {
    readonly kind: "none";
} | {
    readonly kind: "percentile";
    readonly percent: number;
} | {
    readonly kind: "greedy";
    readonly bins: number;
    readonly ratio: number;
} | {
    readonly kind: "squared-error";
    readonly steps: number;
};

export interface RegularizationConfig {
    readonly l2: number;
    readonly dropout: number;
}

export interface RobeConfig {
    readonly enabled: boolean;
    readonly threshold: number;
    readonly cells: number;
    readonly blockCols: number;
    readonly hash: "mixing" | "reference";
    readonly signs: boolean;
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

export interface ShardGradients {
    readonly gradients: readonly RowGradient[];
    take(gradients: ModelGradients, loss: number, share: number): void;
    takeGroups(gradients: ModelGradients, groups: readonly GradientGroup[], share: number): void;
    takeLoss(loss: number, share: number): void;
    clear(): void;
    askToStop(stop: boolean): void;
}

export interface ShardResidual {
    readonly shard: number;
    readonly parameter: string;
    readonly values: Float32Array;
}

export interface SharedArray {
    readonly cells: number;
    readonly blockCols: number;
    readonly bits: TrainingBits;
    readonly granularity: "table" | "row";
    readonly bytes: number;
    readonly threshold: number;
}

export interface SharingOptions {
    readonly cols: number;
    readonly alpha: number;
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

export interface TableChoice {
    readonly name: string;
    readonly rows: number;
    readonly method: "table" | "shared";
    readonly bits: TrainingBits;
    readonly bytes: number;
    readonly loss: number;
}

export interface TableDemand {
    readonly name: string;
    readonly rows: number;
    readonly lookups: number;
}

export interface TableOverride {
    readonly minRows: number;
    readonly bits: TrainingBits;
    readonly granularity: TableQuantizationConfig["granularity"];
}

export interface TablePlan {
    readonly tables: readonly TableChoice[];
    readonly shared: SharedArray | null;
    readonly bytes: number;
    readonly loss: number;
}

export interface TablePostTraining {
    readonly bits: TrainingBits;
    readonly scheme: Scheme | "fbgemm";
    readonly granularity: TableQuantizationConfig["granularity"];
    readonly groupCols: number;
    readonly threshold: DeadZoneThreshold;
    readonly search: RangeSearch;
    readonly overrides: readonly TableOverride[];
}

export interface TableQuantizationConfig {
    readonly quantizer: "uniform" | "dead-zone" | "dorefa" | "lsq" | "stored";
    readonly bits: TrainingBits;
    readonly granularity: "table" | "row" | "group";
    readonly groupCols: number;
    readonly refresh: "every-step" | "periodic" | "once";
    readonly periodSteps: number;
    readonly deadZone: DeadZoneConfig;
    readonly dorefa: DorefaConfig;
    readonly lsq: LsqConfig;
    readonly stored: StoredConfig;
    readonly overrides: readonly TableOverride[];
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

export interface TensorTrainConfig {
    readonly enabled: boolean;
    readonly threshold: number;
    readonly rank: number;
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

export interface TrainingBytes {
    readonly weights: number;
    readonly stored: number;
    readonly optimizer: number;
    readonly layers: number;
    readonly total: number;
}

export interface TrainingCheckpoint {
    readonly trainer: TrainerState;
    readonly state: ModelState;
    readonly best: ModelState | undefined;
    readonly residuals?: readonly ShardResidual[];
}

export interface TrainingConfig {
    readonly batchSize: number;
    readonly evaluationBatchSize: number;
    readonly epochs: number;
    readonly evaluateEverySteps: number;
    readonly patience: number;
    readonly recordTest: boolean;
    readonly shuffle: boolean;
    readonly resetEmbeddings: boolean;
}

export interface TrainingEvaluation {
    readonly kind: "evaluation";
    readonly record: EpochRecord;
    readonly best: boolean;
}

export type TrainingEvent = TrainingProgress | TrainingEvaluation;

export interface TrainingHooks {
    readonly onCheckpoint?: (checkpoint: TrainingCheckpoint, spec: ModelSpec) => Promise<void>;
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
    readonly transport?: Transport;
    readonly layerSum?: LayerSum | "auto";
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
    readonly exchange: ExchangeFigures | null;
}

export interface TrainingResult {
    readonly spec: ModelSpec;
    readonly state: ModelState;
    readonly selected: ModelState;
    readonly trainer: TrainerState;
    readonly outcome: "finished" | "early-stop" | "aborted";
    readonly selectedRecord: EpochRecord | null;
    readonly test: Metrics | null;
    readonly messageBytes: number | null;
    readonly samplesPerSecond: number;
    readonly seconds: number;
}

export declare function allocateSnapshot(spec: ModelSpec, arena: Arena): ModelState;

export declare function averagePrecision(scores: Float32Array, labels: Float32Array): number | null;

export declare function buildModelSpec(config: DlrmConfig, shape: DataShape, seed?: number): ModelSpec;

export declare function byteReport(spec: ModelSpec, headers: number): ByteReport;

export declare function chooseLayerSum(wanted: LayerSum | "auto", { errorFeedback, layers, shards }: Pick<GradientsConfig, "errorFeedback" | "layers" | "shards">, workers: number): LayerSum;

export declare function compatibleKernels(compatibility: CompatibilityConfig, kernels: Kernels): Kernels;

export declare function copyModelState(from: ModelState, to: ModelState): void;

export declare function copyWeights(from: ModelState, to: ModelState): void;

export declare function createShardGradients(parameters: readonly ModelParameter[]): ShardGradients;

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

export declare function floatModel(spec: ModelSpec, state: ModelState): PackedModel;

export declare function floatTwin(config: DlrmConfig): DlrmConfig;

export declare function gradientCodecs({ errorFeedback, layers, measureEntropy, rows }: Omit<GradientsConfig, "shards">, kernels?: Kernels): GradientCodecs;

export declare function gradientEncoders(parameters: readonly ModelParameter[], codecs: GradientCodecs): readonly (GradientEncoder | undefined)[];

export declare const gradientPresets: {
    readonly [N in GradientPresetName]: Omit<GradientsConfig, "shards">;
};

export declare function initModelState(spec: ModelSpec, options: InitOptions): ModelState;

export declare function initialTrainerState(seed: number): TrainerState;

export declare function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;

export declare function layoutPackedModel(spec: ModelSpec): SafetensorsLayout;

export declare function layoutSafetensors(entries: readonly TensorEntry[], metadata: Readonly<Record<string, string>>): SafetensorsLayout;

export declare function learningRateAt(policy: LearningRatePolicy, step: number): number;

export declare function logLoss(predictions: Float32Array, labels: Float32Array): number;

export declare function measureEntropy(choice: EntropyChoice): EntropyMeasure;

export declare function metricChange(before: Metrics, after: Metrics): MetricChange;

export declare function mixedDimensions(rows: readonly number[], embeddingDim: number, { roundDims, temperature, threshold }: MixedDimensionsConfig): readonly number[];

export declare function modelParameters(spec: ModelSpec, codecs: GradientCodecs, layerSum?: LayerSum): readonly ModelParameter[];

export declare function packModel(spec: ModelSpec, state: ModelState, kernels: Kernels): PackedModel;

export declare function parseConfig(source: string, value: unknown): DlrmConfig;

export declare function parseLayerSizes(source: string, text: string): {
    readonly inputs: number;
    readonly sizes: readonly number[];
};

export declare function parseModelSpec(source: string, json: unknown): ModelSpec;

export declare function parseTrainerState(source: string, value: unknown): TrainerState;

export declare function phaseConfig(config: DlrmConfig, epoch: number): DlrmConfig;

export declare function planAssignments(plan: TablePlan): readonly (readonly [
    path: string,
    text: string
])[];

export declare function planTables(options: PlanOptions): TablePlan;

export declare function predict(plan: InferencePlan, dataset: EncodedDataset, batchSize: number): Generator<PredictedBatch, void, undefined>;

export declare function prepareSharingLoss(tables: readonly TableDemand[], { alpha, cols }: SharingOptions): (cells: number) => readonly number[];

export declare const presets: {
    readonly [N in PresetName]: DlrmConfig;
};

export declare function quantizationLoss(bits: TrainingBits, weights: number): number;

export declare function quantizeModel(model: PackedModel, config: PostTrainingConfig, kernels: Kernels): QuantizedModel;

export declare function quantizeModelPausing(model: PackedModel, config: PostTrainingConfig, kernels: Kernels, afterPart: (part: PartReport) => Promise<void>): Promise<QuantizedModel>;

export declare function resetTables(spec: ModelSpec, tables: readonly TableState[], options: Omit<InitOptions, "arena">, epoch: number): void;

export declare function rowwisePostTraining(bits: 2 | 4 | 8): PostTrainingConfig;

export declare const saturatingLoss: KernelBackend;

export declare function servedConfig(config: DlrmConfig): DlrmConfig;

export declare function setConfigValue(config: DlrmConfig, path: string, text: string): DlrmConfig;

export declare function setConfigValues(config: DlrmConfig, assignments: readonly (readonly [
    path: string,
    text: string
])[]): DlrmConfig;

export declare function trainModel(options: TrainingOptions): Promise<TrainingResult>;

export declare function trainingBytes(spec: ModelSpec): TrainingBytes;

export declare function vanillaPostTraining(bits: BitWidth): PostTrainingConfig;

// Referred to above, but not exported.

interface StoredConfig {
    readonly rounding: "nearest" | "stochastic";
    readonly step: "absmax" | "learned";
    readonly stepLearningRate: number;
}
