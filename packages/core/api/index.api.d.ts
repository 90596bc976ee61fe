// What @dqrm/core exports. Written by tools/api-report; review the difference, do not edit.

export declare const ACTIVATION_RANGE = 3;

export declare const ALIGNMENT_BYTES = 64;

export type Activation = "none" | "relu" | "sigmoid";

export interface ActivationCodes {
    readonly scale: number;
    readonly low: number;
    readonly high: number;
}

export interface ActivationQuantization {
    readonly bits: number;
    readonly at: "stacks" | "layers";
    readonly range: RangeRule;
}

export interface ActivationSite {
    readonly stack: "bottom" | "top";
    readonly layer: number;
    readonly cols: number;
    readonly scheme: Scheme;
}

export interface Arena {
    float32(length: number): Float32Array;
    int32(length: number): Int32Array;
    uint8(length: number): Uint8Array;
    readonly usedBytes: number;
}

export declare const BIT_WIDTHS: readonly BitWidth[];

export declare const BLOCK_ROWS = 256;

export interface BackendExtras {
    readonly createArena?: (segmentBytes: number) => Arena;
    readonly machine?: BackendMachine;
    readonly declines?: Readonly<Record<string, string>>;
}

export interface BackendMachine {
    readonly isa: string;
    readonly threads: number;
    fmaGigaflops(threads: number): number;
    readGigabytes(threads: number): number;
    barrierNanoseconds?(threads: number): number;
}

export interface BagSpec extends Placement {
    readonly cols: number;
    readonly pooling: Pooling;
}

export interface Batch {
    readonly size: number;
    readonly dense: Float32Array;
    readonly labels: Float32Array;
    readonly bags: readonly Jagged[];
    readonly firstSample?: number;
}

export type BitWidth = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 16;

export interface BlockRange {
    readonly leaves: number;
    readonly tree: Float32Array;
    readonly dirty: Uint8Array;
}

export interface Choice {
    readonly backend: string;
    readonly verdict: "chosen" | "declined" | "not reached";
}

export type CoreArrays = readonly [
    Float32Array,
    Float32Array,
    Float32Array
];

export type CoreNumbers = readonly [
    number,
    number,
    number
];

export type DeadZoneThreshold = {
    readonly kind: "relative";
    readonly fraction: number;
} | {
    readonly kind: "absolute";
    readonly value: number;
} | {
    readonly kind: "frequency";
    readonly minTouches: number;
    readonly fraction: number;
};

export declare class DqrmError<C extends ErrorCode = ErrorCode> extends Error {
    readonly name = "DqrmError";
    readonly code: C;
    readonly details: ErrorDetails[C];
    constructor(code: C, details: ErrorDetails[C], options?: {
        readonly cause?: unknown;
    });
}

export interface Dropout {
    forward(x: Float32Array, count: number, pass: TrainingPass): Float32Array;
    backward(gradient: Float32Array, count: number): void;
}

export interface EncodeValuesSpec extends ValueFormat {
    readonly rounding: Rounding;
}

export type ErrorCode = keyof ErrorDetails;

export interface ErrorDetails {
    readonly SHAPE: {
        readonly op: string;
        readonly what: string;
        readonly expected: number;
        readonly actual: number;
    };
    readonly INDEX_RANGE: {
        readonly op: string;
        readonly position: number;
        readonly index: number;
        readonly rows: number;
    };
    readonly UNSUPPORTED: {
        readonly op: string;
        readonly spec: string;
        readonly tried: readonly string[];
    };
    readonly VALUE: {
        readonly op: string;
        readonly what: string;
        readonly expected: string;
        readonly actual: string;
    };
    readonly LIMIT: {
        readonly what: string;
        readonly limit: string;
        readonly maximum: number;
        readonly actual: number;
    };
    readonly FORMAT: {
        readonly source: string;
        readonly offset: number;
        readonly expected: string;
        readonly actual: string;
    };
    readonly CONFIG: {
        readonly source: string;
        readonly path: string;
        readonly expected: string;
        readonly actual: string;
    };
    readonly DATA: {
        readonly source: string;
        readonly line: number;
        readonly column: number;
        readonly expected: string;
        readonly actual: string;
    };
    readonly IO: {
        readonly operation: string;
        readonly path: string;
        readonly expected: string;
        readonly actual: string;
    };
    readonly NON_FINITE: {
        readonly what: string;
        readonly position: number;
        readonly actual: string;
    };
    readonly STATE: {
        readonly op: string;
        readonly expected: string;
        readonly actual: string;
    };
    readonly WIRE: {
        readonly codec: string;
        readonly offset: number;
        readonly reason: string;
    };
    readonly DESYNC: {
        readonly peer: number;
        readonly step: number;
        readonly what: string;
        readonly expected: string;
        readonly actual: string;
    };
    readonly DEVICE: {
        readonly device: string;
        readonly reason: string;
    };
    readonly PEER: {
        readonly peer: number;
        readonly step: number | null;
        readonly op: string;
        readonly expected: string;
        readonly actual: string;
    };
}

export interface FakeQuantBagSpec extends BagSpec {
    readonly bits: BitWidth;
    readonly granularity: ScaleGranularity;
}

export interface FeatureOptions {
    readonly maxBatch: number;
    readonly leadingVectors: 0 | 1;
}

export type FeatureSpec = {
    readonly kind: "table";
    readonly table: number;
    readonly pooling: Pooling;
} | {
    readonly kind: "quotient-remainder";
    readonly quotient: number;
    readonly remainder: number;
    readonly collisions: number;
    readonly combine: "mult" | "add" | "concat";
    readonly pooling: Pooling;
} | {
    readonly kind: "projected";
    readonly table: number;
    readonly pooling: Pooling;
} | HashedFeatureSpec | RobeFeatureSpec | TensorTrainFeatureSpec;

export interface FeatureVectors {
    forward(batch: Batch, vectors: Float32Array): void;
    backward(batch: Batch, dvectors: Float32Array, gradients: SparseGradients): void;
}

export interface FixedPoint {
    readonly multiplier: number;
    readonly shift: number;
}

export declare const GRADIENT_GROUPS: readonly GradientGroup[];

export type GradientGroup = keyof ModelGradients;

export type GradientListener = (groups: readonly GradientGroup[]) => void;

export interface HashedFeatureSpec {
    readonly kind: "hashed";
    readonly table: number;
    readonly rows: number;
    readonly seed: number;
    readonly pooling: Pooling;
}

export interface InferencePlan {
    readonly backend: string;
    infer(batch: Batch, dst: Float32Array): void;
    stageSeconds?(): Readonly<Record<string, number>>;
}

export type InferencePlanFactory = (model: PackedModel, options: PlanOptions) => InferencePlan | undefined;

export interface InteractionSpec {
    readonly kind: "dot" | "cat";
    readonly itself: boolean;
    readonly vectors: number;
    readonly cols: number;
}

export interface Jagged {
    readonly indices: Int32Array;
    readonly offsets: Int32Array;
    readonly weights?: Float32Array;
}

export declare const KERNEL_ABI = 1;

export interface KernelBackend extends BackendExtras {
    readonly name: string;
    readonly abi: number;
    readonly ops: KernelFactories;
    readonly plans: PlanFactories;
}

export type KernelFactories = {
    readonly [K in OpName]?: (spec: OpSpec<K>) => OpFn<K> | undefined;
};

export interface KernelOps {
    readonly embeddingBag: Op<BagSpec, (table: Float32Array, rows: number, bags: Jagged, dst: Float32Array, begin: number, end: number) => void>;
    readonly embeddingBagFakeQuant: Op<FakeQuantBagSpec, (table: Float32Array, rows: number, scale: Float32Array, bags: Jagged, dst: Float32Array, begin: number, end: number) => void>;
    readonly embeddingBagPacked: Op<PackedBagSpec, (table: PackedRows, bags: Jagged, dst: Float32Array, begin: number, end: number) => void>;
    readonly embeddingBagBackward: Op<BagSpec, (gradient: Float32Array, rows: number, bags: Jagged, out: RowGradient) => void>;
    readonly embeddingBagWeightGradient: Op<BagSpec, (gradient: Float32Array, table: Float32Array, rows: number, bags: Jagged, dst: Float32Array, begin: number, end: number) => void>;
    readonly coalesceRows: Op<{
        readonly cols: number;
    }, (rows: Int32Array, values: Float32Array, count: number, out: RowGradient) => void>;
    readonly updateRows: Op<UpdateRowsSpec, (table: Float32Array, rows: number, state: Float32Array, gradient: RowGradient, learningRate: number, range: BlockRange | undefined, begin: number, end: number) => void>;
    readonly rangeAbsmax: Op<{
        readonly cols: number;
    }, (table: Float32Array, rows: number, range: BlockRange) => number>;
    readonly absmax: Op<Readonly<Record<string, never>>, (src: Float32Array, begin: number, end: number) => number>;
    readonly chooseScale: Op<RowFormat, (src: Float32Array, scale: Float32Array, bias: Float32Array, begin: number, end: number) => void>;
    readonly quantizeRows: Op<QuantizeSpec, (src: Float32Array, dst: PackedRows, key: RandomKey, begin: number, end: number) => void>;
    readonly dequantizeRows: Op<RowFormat, (src: PackedRows, dst: Float32Array, begin: number, end: number) => void>;
    readonly fakeQuantizeRows: Op<RowFormat, (src: Float32Array, scale: Float32Array, bias: Float32Array, dst: Float32Array, begin: number, end: number) => void>;
    readonly packCodes: Op<{
        readonly bits: BitWidth;
        readonly cols: number;
    }, (codes: Uint16Array, dst: Uint8Array, begin: number, end: number) => void>;
    readonly unpackCodes: Op<{
        readonly bits: BitWidth;
        readonly cols: number;
    }, (src: Uint8Array, codes: Uint16Array, begin: number, end: number) => void>;
    readonly linear: Op<LinearSpec & {
        readonly activation: Activation;
    }, (x: Float32Array, weight: Float32Array, bias: Float32Array, y: Float32Array, begin: number, end: number) => void>;
    readonly linearBackwardInput: Op<LinearSpec, (dy: Float32Array, weight: Float32Array, dx: Float32Array, begin: number, end: number) => void>;
    readonly linearBackwardWeight: Op<LinearSpec, (x: Float32Array, dy: Float32Array, samples: number, dweight: Float32Array, dbias: Float32Array, begin: number, end: number) => void>;
    readonly activationBackward: Op<{
        readonly activation: Activation;
    }, (y: Float32Array, dy: Float32Array, begin: number, end: number) => void>;
    readonly interaction: Op<InteractionSpec, (vectors: Float32Array, dst: Float32Array, begin: number, end: number) => void>;
    readonly interactionBackward: Op<InteractionSpec, (vectors: Float32Array, ddst: Float32Array, dvectors: Float32Array, begin: number, end: number) => void>;
    readonly loss: Op<LossSpec, (logits: Float32Array, labels: Float32Array, samples: number, predictions: Float32Array, losses: Float64Array, gradient: Float32Array, begin: number, end: number) => void>;
    readonly updateDense: Op<{
        readonly optimizer: OptimizerSpec;
    }, (weight: Float32Array, gradient: Float32Array, state: Float32Array, learningRate: number, begin: number, end: number) => void>;
    readonly encodeValues: Op<EncodeValuesSpec, (rows: Int32Array, values: Float32Array, count: number, cols: number, key: RandomKey, out: Uint8Array, at: number) => number>;
    readonly encodeWithFeedback: Op<EncodeValuesSpec, (rows: Int32Array, gradient: Float32Array, residual: Float32Array, count: number, cols: number, key: RandomKey, out: Uint8Array, at: number, left: Float32Array) => number>;
    readonly decodeValues: Op<ValueFormat, (scales: Uint8Array, scalesAt: number, codes: Uint8Array, codesAt: number, count: number, cols: number, values: Float32Array) => number>;
    readonly encodeBytes: Op<Readonly<Record<string, never>>, (src: Uint8Array, begin: number, end: number, out: Uint8Array, at: number) => number>;
    readonly decodeBytes: Op<Readonly<Record<string, never>>, (src: Uint8Array, begin: number, end: number, dst: Uint8Array, count: number) => boolean>;
    readonly checksum: Op<Readonly<Record<string, never>>, (bytes: Uint8Array, begin: number, end: number, previous: number) => number>;
}

export interface KernelPlugin {
    readonly name: string;
    readonly abi: number;
    load(options?: LoadOptions): Promise<KernelBackend | Unavailable>;
}

export interface Kernels {
    readonly backends: readonly KernelBackend[];
    prepare<K extends OpName>(op: K, spec: OpSpec<K>): OpFn<K>;
    explain<K extends OpName>(op: K, spec: OpSpec<K>): readonly Choice[];
    createArena(segmentBytes: number): Arena;
}

export interface LayerSpec {
    readonly inputs: number;
    readonly outputs: number;
    readonly activation: Activation;
}

export interface LayerState {
    readonly weight: Float32Array;
    readonly bias: Float32Array;
    readonly weightOptimizer: Float32Array;
    readonly biasOptimizer: Float32Array;
}

export interface LayerTensors {
    readonly weight: Float32Array;
    readonly bias: Float32Array;
}

export type LearnedStep = {
    readonly kind: "relative";
    readonly rate: number;
} | {
    readonly kind: "gradient";
};

export type LinearQuantization = {
    readonly kind: "none";
} | {
    readonly kind: "fake";
    readonly bits: BitWidth;
    readonly granularity: "channel" | "matrix";
    readonly bias: "float" | "same";
};

export interface LinearSpec {
    readonly inputs: number;
    readonly outputs: number;
}

export interface LoadOptions {
    readonly threads?: number;
}

export interface LoadedKernels {
    readonly kernels: Kernels;
    readonly skipped: ReadonlyMap<string, string>;
}

export interface LossSpec {
    readonly kind: "bce" | "wbce" | "mse";
    readonly threshold: number;
    readonly weights: readonly [
        number,
        number
    ];
}

export declare const MAX_ACTIVATION_BITS = 16;

export declare const MAX_COLS: number;

export declare const MAX_EXPANSION = 256;

export declare const MAX_JSON_CHARS: number;

export declare const MAX_LAYERS = 256;

export declare const MAX_ROWS: number;

export declare const MAX_TABLES: number;

export declare const MIN_ACTIVATION_BITS = 8;

export declare const MIN_PEAK: number;

export interface ModelGradients extends SparseGradients {
    readonly bottom: readonly LayerTensors[];
    readonly top: readonly LayerTensors[];
}

export interface ModelInteraction extends Pick<InteractionSpec, "kind" | "itself"> {
    readonly bits?: 16;
}

export interface ModelSpec {
    readonly denseFeatures: number;
    readonly tables: readonly TableSpec[];
    readonly features: readonly FeatureSpec[];
    readonly bottom: readonly LayerSpec[];
    readonly interaction: ModelInteraction;
    readonly top: readonly LayerSpec[];
    readonly linearQuantization: LinearQuantization;
    readonly activationQuantization?: ActivationQuantization;
    readonly regularization?: Regularization;
    readonly loss: LossSpec;
    readonly optimizer: OptimizerSpec;
}

export interface ModelState {
    readonly tables: readonly TableState[];
    readonly bottom: readonly LayerState[];
    readonly top: readonly LayerState[];
    readonly projections: readonly LayerState[];
    readonly activationRanges: Float32Array;
    step: number;
}

export interface Op<Spec, Fn> {
    readonly spec: Spec;
    readonly fn: Fn;
}

export type OpFn<K extends OpName> = KernelOps[K]["fn"];

export type OpName = keyof KernelOps;

export type OpSpec<K extends OpName> = KernelOps[K]["spec"];

export type OptimizerSpec = {
    readonly kind: "sgd";
} | {
    readonly kind: "adagrad";
    readonly epsilon: number;
} | {
    readonly kind: "rowwise-adagrad";
    readonly epsilon: number;
};

export interface PackedBagSpec extends Placement {
    readonly format: RowFormat;
    readonly pooling: Pooling;
}

export interface PackedLayer {
    readonly weight: PackedRows | Float32Array;
    readonly bias: PackedRows | Float32Array;
}

export interface PackedModel {
    readonly spec: ModelSpec;
    readonly tables: readonly (PackedRows | Float32Array)[];
    readonly poolingWeights: readonly Float32Array[];
    readonly bottom: readonly PackedLayer[];
    readonly top: readonly PackedLayer[];
    readonly projections: readonly PackedLayer[];
    readonly activationRanges?: Float32Array;
}

export interface PackedRows {
    readonly format: RowFormat;
    readonly rows: number;
    readonly codes: Uint8Array;
    readonly scale: Float32Array;
    readonly bias: Float32Array;
}

export interface Placement {
    readonly stride: number;
    readonly offset: number;
}

export interface PlanFactories {
    readonly training?: TrainingPlanFactory;
    readonly inference?: InferencePlanFactory;
}

export interface PlanOptions {
    readonly maxBatch: number;
    readonly products?: ProductPrecision;
}

export type Pooling = "sum" | "mean";

export type ProductPrecision = "float32" | "bfloat16" | "float16" | "int8" | "codes";

export interface QuantizeSpec {
    readonly format: RowFormat;
    readonly rounding: Rounding;
}

export interface Random {
    next(): number;
    normal(): number;
    integer(bound: number): number;
    readonly position: number;
}

export interface RandomKey {
    readonly seed: number;
    readonly stream: number;
}

export type RangeRule = {
    readonly kind: "running";
} | {
    readonly kind: "ema";
    readonly momentum: number;
};

export interface Regularization {
    readonly l2: number;
    readonly dropout: {
        readonly rate: number;
        readonly seed: number;
    };
}

export interface RobeFeatureSpec extends Omit<RobeSpec, "cells" | "cols"> {
    readonly kind: "robe";
    readonly table: number;
    readonly rows: number;
    readonly pooling: Pooling;
}

export interface RobeMapping {
    readonly tableCols: number;
    readonly tableRows: number;
    readonly parts: number;
    row(index: number, part: number): number;
    sign(index: number, part: number): number;
}

export interface RobeSpec {
    readonly cells: number;
    readonly cols: number;
    readonly blockCols: number;
    readonly hash: "mixing" | "reference";
    readonly keyOffset: number;
    readonly seed: number;
    readonly signs: boolean;
}

export type Rounding = "nearest" | "stochastic";

export interface RowFormat {
    readonly bits: BitWidth;
    readonly cols: number;
    readonly scheme: Scheme;
    readonly granularity: ScaleGranularity;
}

export interface RowGradient {
    readonly cols: number;
    count: number;
    rows: Int32Array;
    values: Float32Array;
    slots: Int32Array;
}

export interface RowHashSpec {
    readonly tableRows: number;
    readonly seed: number;
}

export declare const SCHEMES: readonly Scheme[];

export declare const SEGMENT_BYTES: number;

export type ScaleGranularity = {
    readonly kind: "table";
} | {
    readonly kind: "row";
} | {
    readonly kind: "group";
    readonly groupCols: number;
};

export type ScaleGroups = {
    readonly kind: "tensor";
} | {
    readonly kind: "row";
} | {
    readonly kind: "block";
    readonly values: number;
};

export type ScaleRefresh = {
    readonly kind: "every-step";
} | {
    readonly kind: "periodic";
    readonly periodSteps: number;
} | {
    readonly kind: "once";
};

export type Scheme = "symmetric" | "asymmetric" | "dead-zone" | "dead-zone-log";

export interface SpanLayout {
    readonly spanCols: number;
    readonly spans: number;
    readonly scaleStep: number;
}

export interface SparseGradients {
    readonly tables: readonly RowGradient[];
    readonly poolingWeights: readonly RowGradient[];
    readonly projections: readonly LayerTensors[];
}

export interface SparseTraining extends FeatureVectors {
    beforeStep(step: number): void;
    beforeInference(): void;
    decay(gradients: SparseGradients): void;
    apply(gradients: SparseGradients, learningRate: number, step: number): void;
    reload(): void;
}

export interface StoredQuantization {
    readonly kind: "stored";
    readonly bits: Exclude<BitWidth, 1>;
    readonly rounding: StoredRounding;
    readonly step: StoredStep;
}

export type StoredRounding = {
    readonly kind: "nearest";
} | {
    readonly kind: "stochastic";
    readonly seed: number;
};

export type StoredStep = {
    readonly kind: "absmax";
} | {
    readonly kind: "learned";
    readonly learningRate: number;
};

export interface StoredTableParts {
    readonly quantization: StoredQuantization;
    readonly packed: PackedRows;
    readonly optimizer: OptimizerSpec;
    readonly optimizerState: Float32Array;
    readonly key: RandomKey;
}

export type StoredUpdate = (gradient: RowGradient, learningRate: number, step: number) => void;

export declare const TABLE_FILE_VERSION = 1;

export declare const TABLE_HEADER_BYTES = 64;

export interface TableHeader extends TableLayout {
    readonly format: RowFormat;
    readonly rows: number;
    readonly bodyCrc: number;
}

export interface TableLayout {
    readonly scaleOffset: number;
    readonly biasOffset: number;
    readonly codesOffset: number;
    readonly fileBytes: number;
}

export type TableLengths = Readonly<Record<keyof Omit<TableState, "range">, number>>;

export type TableQuantization = {
    readonly kind: "none";
} | {
    readonly kind: "fake";
    readonly bits: BitWidth;
    readonly granularity: ScaleGranularity;
    readonly refresh: ScaleRefresh;
} | {
    readonly kind: "learned-step";
    readonly bits: BitWidth;
    readonly step: LearnedStep;
} | {
    readonly kind: "dead-zone";
    readonly bits: Exclude<BitWidth, 1 | 16> | 32;
    readonly threshold: DeadZoneThreshold;
    readonly levels: "uniform" | "log";
    readonly refresh: ScaleRefresh;
} | {
    readonly kind: "dorefa";
    readonly bits: BitWidth;
    readonly range: "table" | "unit";
    readonly refresh: ScaleRefresh;
} | StoredQuantization;

export interface TableScales {
    beforeStep(step: number): void;
    beforeInference(): void;
    invalidate(): void;
}

export interface TableSpec {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    readonly quantization: TableQuantization;
    readonly poolingWeights: "none" | "fixed" | "learned";
}

export interface TableState {
    readonly weights: Float32Array;
    readonly codes: Uint8Array;
    readonly optimizer: Float32Array;
    readonly scale: Float32Array;
    readonly touches: Int32Array;
    readonly range: BlockRange;
    readonly poolingWeights: Float32Array;
    readonly poolingOptimizer: Float32Array;
}

export interface TensorTrain {
    multiply(cores: CoreArrays, dst: Float32Array, count: number): void;
    backward(cores: CoreArrays, drows: Float32Array, dcores: CoreArrays, count: number): void;
}

export interface TensorTrainFeatureSpec extends Pick<TensorTrainShape, "dims" | "rank"> {
    readonly kind: "tensor-train";
    readonly tables: CoreNumbers;
    readonly rows: number;
    readonly pooling: Pooling;
}

export interface TensorTrainShape {
    readonly cols: number;
    readonly coreRows: CoreNumbers;
    readonly dims: CoreNumbers;
    readonly rank: number;
}

export interface TrainingPass {
    readonly step: number;
    readonly firstSample: number;
}

export interface TrainingPlan extends InferencePlan {
    step(batch: Batch, learningRate: number): number;
    forwardBackward(batch: Batch, ready?: GradientListener): number;
    readonly gradients: ModelGradients;
    apply(learningRate: number): void;
    sync(): void;
    reload(): void;
}

export type TrainingPlanFactory = (spec: ModelSpec, state: ModelState, options: PlanOptions) => TrainingPlan | undefined;

export interface Unavailable {
    readonly unavailable: string;
}

export interface UpdateRowsSpec {
    readonly cols: number;
    readonly optimizer: OptimizerSpec;
}

export declare const VALUE_CODING_NUMBERS: Readonly<Record<ValueCodingName, number>>;

export type ValueCodingName = "float32" | "bfloat16" | "float16" | "int16" | "int8" | "int4" | "ternary" | "sign";

export interface ValueFormat {
    readonly values: ValueCodingName;
    readonly scale: ScaleGroups;
}

export interface ValueLayout {
    readonly groupValues: number;
    readonly scaleStride: number;
    readonly scaleBytes: number;
    readonly codeBytes: number;
}

export declare function activationCodes(range: {
    readonly min: number;
    readonly max: number;
}, bits: number, scheme: Scheme): ActivationCodes;

export declare function activationSites(spec: ModelSpec): readonly ActivationSite[];

export declare function allocateGradients(spec: ModelSpec, state: ModelState): ModelGradients;

export declare function allocateModelState(spec: ModelSpec, arena: Arena): ModelState;

export declare function allocateRows(format: RowFormat, rows: number): PackedRows;

export declare function allocateTableState(table: TableSpec, optimizer: OptimizerSpec, arena: Arena): TableState;

export declare function bagCount(bags: Jagged): number;

export declare function checkJagged(op: string, bags: Jagged): void;

export declare function checkModelSpec(spec: ModelSpec): void;

export declare function checkPackedRows(op: string, packed: PackedRows): void;

export declare function checkRowFormat(op: string, format: RowFormat): void;

export declare function checkScaleGroups(op: string, groups: ScaleGroups): void;

export declare function checkTableBody(source: string, header: TableHeader, bodyCrc: number): void;

export declare function checkTableNumbers(source: string, scheme: Scheme, numbers: Float32Array, offset: number): void;

export declare function compileInference(model: PackedModel, kernels: Kernels, options: PlanOptions): InferencePlan;

export declare function compileTraining(spec: ModelSpec, state: ModelState, kernels: Kernels, options: PlanOptions): TrainingPlan;

export declare function coreCols({ dims, rank }: Pick<TensorTrainShape, "dims" | "rank">): CoreNumbers;

export declare function coreDeviation(deviation: number, rank: number): number;

export declare function coreIndices([, middle, last]: CoreNumbers, index: number): CoreNumbers;

export declare function crc32(bytes: Uint8Array, previous?: number): number;

export declare function createArena(segmentBytes: number): Arena;

export declare function createBlockRange(rows: number): BlockRange;

export declare function createDropouts({ regularization, top }: ModelSpec, maxBatch: number): readonly (Dropout | undefined)[];

export declare function createKernels(backends: readonly KernelBackend[]): Kernels;

export declare function createRandom(key: RandomKey, position?: number): Random;

export declare function createRobeMapping(spec: RobeSpec): RobeMapping;

export declare function createRowGradient(cols: number, capacity: number): RowGradient;

export declare function createRowHash({ seed, tableRows }: RowHashSpec): (index: number) => number;

export declare function createServedFeatures(model: PackedModel, kernels: Kernels, options: FeatureOptions): FeatureVectors;

export declare function createSparseTraining(spec: ModelSpec, state: ModelState, kernels: Kernels, options: FeatureOptions): SparseTraining;

export declare function createStoredUpdate(parts: StoredTableParts, kernels: Kernels): StoredUpdate;

export declare function createTableScales(spec: ModelSpec, state: ModelState, kernels: Kernels): TableScales;

export declare function deadZoneLevels({ bits, scheme }: Pick<RowFormat, "bits" | "scheme">, scale: number, bias: number, levels: Float32Array): void;

export declare function decodeTableFile(source: string, bytes: Uint8Array): PackedRows;

export declare function decodeTableHeader(source: string, bytes: Uint8Array, fileBytes: number): TableHeader;

export declare function defineKernels(name: string, ops: KernelFactories, plans?: PlanFactories, extras?: BackendExtras): KernelBackend;

export declare function encodeTableFile(packed: PackedRows): Uint8Array<ArrayBuffer>;

export declare function encodeTableHeader(header: TableHeader): Uint8Array<ArrayBuffer>;

export declare function featureTables(feature: FeatureSpec): readonly number[];

export declare function fixedPoint(factor: number): FixedPoint;

export declare function hasBias(scheme: Scheme): boolean;

export declare function interactionWidth(spec: ModelSpec): number;

export declare function isDeadZone(scheme: Scheme): boolean;

export declare function isDeadZoneWidth(bits: BitWidth): boolean;

export declare function isDqrmError<C extends ErrorCode>(error: unknown, code: C): error is DqrmError<C>;

export declare function isLevel(x: number): boolean;

export declare function isPlainModel(spec: ModelSpec): boolean;

export declare function isPlainPackedModel({ spec, ...model }: PackedModel): boolean;

export declare function jaggedFrom(bags: readonly (readonly number[])[]): Jagged;

export declare function layerFormat(quantization: Extract<LinearQuantization, {
    kind: "fake";
}>, cols: number): RowFormat;

export declare function loadKernels(plugins: readonly KernelPlugin[], fallback: KernelBackend, options?: LoadOptions): Promise<LoadedKernels>;

export declare function maxEncodedBytes(count: number): number;

export declare function mixingHash(key: number, block: number, seed: number): number;

export declare function multiplyFixedPoint(value: number, { multiplier, shift }: FixedPoint): number;

export declare function packTable(table: TableSpec, state: TableState, kernels: Kernels): PackedRows | Float32Array;

export declare function packedTableFormat({ cols, quantization }: TableSpec): RowFormat | undefined;

export declare function parseJson(source: string, text: string): unknown;

export declare function peakBlock(range: BlockRange): number;

export declare function placeOf(hash: number, size: number): number;

export declare function prepareTensorTrain(shape: TensorTrainShape): TensorTrain;

export declare function projectionLayers(spec: ModelSpec): readonly LayerSpec[];

export declare function rangeRows({ quantization, rows }: TableSpec): number;

export declare const reference: KernelBackend;

export declare function referenceHash(key: number, block: number): number;

export declare function reserveRowGradient(gradient: RowGradient, capacity: number): void;

export declare function roundHalfEven(x: number): number;

export declare function rowBytes(format: Pick<RowFormat, "bits" | "cols">): number;

export declare function rowStateLength(optimizer: OptimizerSpec, rows: number, cols: number): number;

export declare function scaleCount(format: Pick<RowFormat, "cols" | "granularity">, rows: number): number;

export declare function scaleGroupsNumber(groups: ScaleGroups): number;

export declare function scaleRefreshDue(refresh: ScaleRefresh, step: number): boolean;

export declare function scanRange(table: Float32Array, rows: number, cols: number, range: BlockRange): void;

export declare function servedLayers(layers: readonly PackedLayer[], kernels: Kernels): readonly LayerTensors[];

export declare function setBlockPeak(range: BlockRange, block: number, peak: number): void;

export declare function spanLayout({ cols, granularity }: Pick<RowFormat, "cols" | "granularity">): SpanLayout;

export declare function storeRows(quantization: StoredQuantization, weights: Float32Array, packed: PackedRows, first: number): void;

export declare function storedRowFormat({ bits }: Pick<StoredQuantization, "bits">, cols: number): RowFormat;

export declare function storedRows({ cols, quantization, rows, }: Pick<TableSpec, "cols" | "rows"> & {
    readonly quantization: StoredQuantization;
}, { codes, scale }: TableState): PackedRows;

export declare function symmetricScale(peak: number, bits: BitWidth): number;

export declare function tableFileBytes(format: RowFormat, rows: number): number;

export declare function tableFileParts(packed: PackedRows): readonly Uint8Array[];

export declare function tableLayout(format: RowFormat, rows: number): TableLayout;

export declare function tableLengths(table: TableSpec, optimizer: OptimizerSpec): TableLengths;

export declare function tensorTrainShape(rows: number, cols: number, rank: number): TensorTrainShape;

export declare function threefry2x32({ seed, stream }: RandomKey, low: number, high: number, out: Uint32Array): void;

export declare function uniformAt(key: RandomKey, counter: number): number;

export declare function valueLayout({ scale, values }: ValueFormat, count: number, cols: number): ValueLayout;

export declare function vectorCols(spec: ModelSpec): number;
