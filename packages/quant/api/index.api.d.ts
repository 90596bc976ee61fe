// What @dqrm/quant exports. Written by tools/api-report; review the difference, do not edit.

import type { BitWidth, Kernels, LayerSpec, LinearQuantization, PackedRows, RandomKey, Rounding, RowFormat, ScaleRefresh } from "@dqrm/core";

export interface DeadZoneThreshold {
    readonly kind: "relative" | "absolute";
    readonly value: number;
}

export interface Distortion {
    readonly count: number;
    readonly maxError: number;
    readonly meanSquaredError: number;
    readonly signalToNoiseDb: number;
    readonly zeroShare: number;
    readonly clampedCount: number;
    readonly histogram: Float64Array;
}

export interface Dorefa {
    forward(weights: Float32Array, quantized: Float32Array): void;
    backward(weights: Float32Array, gradient: Float32Array): void;
}

export interface DorefaOptions {
    readonly bits: BitWidth;
    readonly output: "unit" | "absmax";
}

export interface FakeQuantizer {
    readonly format: RowFormat;
    readonly scale: Float32Array;
    readonly bias: Float32Array;
    refresh(weights: Float32Array, step: number): boolean;
    forward(weights: Float32Array, quantized: Float32Array, begin: number, end: number): void;
    backward(weights: Float32Array, gradient: Float32Array, begin: number, end: number): void;
}

export interface FakeQuantizerOptions {
    readonly rows: number;
    readonly refresh: ScaleRefresh;
    readonly gradient: StraightThrough;
    readonly range?: RangeEstimator;
    readonly threshold?: DeadZoneThreshold;
    readonly kernels?: Kernels;
}

export interface FbgemmLayout {
    readonly bits: 2 | 4 | 8;
    readonly cols: number;
    readonly scales: "half" | "float";
    readonly place: "first" | "last";
    readonly rowAlignment: number;
}

export declare const GUAN_GREEDY: GreedySearch;

export interface GreedySearch {
    readonly bins: number;
    readonly ratio: number;
}

export interface LevelRange {
    readonly lowest: number;
    readonly highest: number;
    readonly step: number;
}

export type LinearFakeQuantization = Extract<LinearQuantization, {
    readonly kind: "fake";
}>;

export interface LinearFakeQuantizer {
    readonly scale: Float32Array;
    forward(weight: Float32Array, bias: Float32Array, quantizedWeight: Float32Array, quantizedBias: Float32Array): void;
}

export type LinearShape = Pick<LayerSpec, "inputs" | "outputs">;

export interface Lsq {
    readonly scale: Float32Array;
    initialize(x: Float32Array): void;
    forward(x: Float32Array, quantized: Float32Array, begin: number, end: number): void;
    backward(x: Float32Array, gradient: Float32Array, scaleGradient: Float32Array, begin: number, end: number): void;
}

export interface LsqOptions {
    readonly bits: BitWidth;
    readonly cols: number;
    readonly granularity: "table" | "row";
    readonly rows: number;
    readonly gradientElements: number;
}

export interface Percentiles {
    readonly lower: number;
    readonly upper: number;
}

export type QuantizeTableOptions = Omit<QuantizerOptions, "rounding"> & ({
    readonly rounding: "nearest";
} | {
    readonly rounding: "stochastic";
    readonly key: RandomKey;
});

export interface Quantizer {
    readonly format: RowFormat;
    choose(weights: Float32Array, packed: PackedRows): void;
    quantize(weights: Float32Array, packed: PackedRows, key: RandomKey): void;
    dequantize(packed: PackedRows, weights: Float32Array): void;
}

export interface QuantizerOptions {
    readonly rounding: Rounding;
    readonly range?: RangeEstimator;
    readonly threshold?: DeadZoneThreshold;
    readonly kernels?: Kernels;
}

export type RangeEstimator = (values: Float32Array) => ValueRange;

export type RangeFollowing = {
    readonly kind: "ema";
    readonly momentum: number;
} | {
    readonly kind: "extremes";
};

export interface RunningRange {
    observe(values: Float32Array): ValueRange;
    readonly state: RunningRangeState;
}

export interface RunningRangeState extends ValueRange {
    readonly observations: number;
}

export interface ScaleAndBias {
    readonly scale: number;
    readonly bias: number;
}

export type ScaleChooser = (weights: Float32Array, rows: number, scale: Float32Array, bias: Float32Array) => void;

export type SearchedFormat = Pick<RowFormat, "bits" | "scheme"> & {
    readonly scales?: "half";
};

export type StraightThrough = "straight-through" | "clipped";

export interface ValueRange {
    readonly min: number;
    readonly max: number;
}

export declare const absmaxRange: RangeEstimator;

export declare function asFbgemmRows(packed: PackedRows): PackedRows;

export declare function createDorefa({ bits, output }: DorefaOptions): Dorefa;

export declare function createFakeQuantizer(format: RowFormat, options: FakeQuantizerOptions): FakeQuantizer;

export declare function createLinearFakeQuantizer({ inputs, outputs }: LinearShape, { bits, granularity, bias: biasKind }: LinearFakeQuantization, kernels?: Kernels): LinearFakeQuantizer;

export declare function createLsq(options: LsqOptions): Lsq;

export declare function createQuantizer(format: RowFormat, options: QuantizerOptions): Quantizer;

export declare function createRunningRange(following: RangeFollowing, from?: RunningRangeState): RunningRange;

export declare function decodeFbgemmRows(source: string, bytes: Uint8Array, layout: FbgemmLayout): PackedRows;

export declare function dequantizeTable(packed: PackedRows, kernels?: Kernels): Float32Array;

export declare function encodeFbgemmRows(packed: PackedRows, layout: FbgemmLayout): Uint8Array<ArrayBuffer>;

export declare const everyStep: ScaleRefresh;

export declare function everySteps(periodSteps: number): ScaleRefresh;

export declare function fbgemmRowBytes(layout: FbgemmLayout): number;

export declare const fullRange: RangeEstimator;

export declare function fusedFbgemmRows(bits: FbgemmLayout["bits"], cols: number): FbgemmLayout;

export declare function greedyRange(format: SearchedFormat, { bins, ratio }: GreedySearch): RangeEstimator;

export declare function halfBits(value: number): number;

export declare function halfValue(bits: number): number;

export declare function levelRange({ bits, scheme }: Pick<RowFormat, "bits" | "scheme">): LevelRange;

export declare function meanSquaredErrorRange(format: SearchedFormat, { steps }: {
    readonly steps: number;
}): RangeEstimator;

export declare function measureDistortion(weights: Float32Array, packed: PackedRows, kernels?: Kernels): Distortion;

export declare const once: ScaleRefresh;

export declare function percentileRange(percentiles: Percentiles): RangeEstimator;

export declare function prepareScaleChooser(format: RowFormat, estimate: RangeEstimator | undefined, kernels?: Kernels, threshold?: DeadZoneThreshold): ScaleChooser;

export declare function quantizeFbgemmTable(weights: Float32Array, rows: number, { bits, cols }: Pick<FbgemmLayout, "bits" | "cols">, { range }?: {
    readonly range?: RangeEstimator;
}): PackedRows;

export declare function quantizeTable(weights: Float32Array, rows: number, format: RowFormat, options: QuantizeTableOptions): PackedRows;

export declare function roundScalesToHalf(packed: PackedRows): PackedRows;

export declare function roundToHalf(value: number): number;

export declare function scaleOfRange(format: Pick<RowFormat, "bits" | "scheme">, range: ValueRange, kernels?: Kernels): ScaleAndBias;

export declare function tableBatchedFbgemmRows(bits: FbgemmLayout["bits"], cols: number, rowAlignment: number): FbgemmLayout;

export declare function viewRows(packed: PackedRows, begin: number, end: number): PackedRows;

export declare function zeroPoint(scale: number, bias: number): number;
