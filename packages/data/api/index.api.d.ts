// What @dqrm/data exports. Written by tools/api-report; review the difference, do not edit.

import type { Batch, DqrmError, RandomKey } from "@dqrm/core";

export interface BatchBuffer extends Batch {
    readonly capacity: number;
    size: number;
    dense: Float32Array;
    labels: Float32Array;
    bags: {
        indices: Int32Array;
        offsets: Int32Array;
    }[];
}

export interface BatchOptions {
    readonly batchSize: number;
    readonly order: BatchOrder;
    readonly firstBatch: number;
}

export type BatchOrder = {
    readonly kind: "file";
} | {
    readonly kind: "shuffled";
    readonly key: RandomKey;
};

export interface ByteInput {
    readonly name: string;
    open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

export declare const CRITEO_SCHEMA: DatasetSchema;

export interface CategoryOptions {
    readonly kind: "vocabulary" | "hash" | "modulo";
    readonly minCount: number;
    readonly hashRows: number;
    readonly maxIndexRange: number;
    readonly unknown?: "row" | "refuse";
    readonly missing?: "own" | "zero";
    readonly maxValues?: number;
    readonly hashSeed?: number;
}

export type CategoryValues = {
    readonly kind: "codes";
    readonly values: Float64Array;
} | {
    readonly kind: "text";
    readonly values: readonly string[];
    readonly offsets?: Int32Array;
};

export type ColumnKind = "label" | "numeric" | "categorical" | "multi" | "timestamp" | "ignored";

export interface ColumnSchema {
    readonly name: string;
    readonly kind: ColumnKind;
    readonly separator?: string;
    readonly reason?: string;
}

export declare const DLRM_FIT: FitOptions;

export interface DataSource {
    readonly name: string;
    readonly schema: DatasetSchema;
    rows(options?: PassOptions): AsyncIterable<RowChunk>;
}

export interface DatasetParts {
    readonly train: EncodedDataset;
    readonly validation: EncodedDataset;
    readonly test: EncodedDataset;
}

export interface DatasetSchema {
    readonly version: 1;
    readonly format: FileFormat;
    readonly labels: "binary" | "round";
    readonly missing: readonly string[];
    readonly columns: readonly ColumnSchema[];
}

export interface DenseEncoding {
    readonly column: string;
    readonly transform: "none" | "log1p";
    readonly mean: number;
    readonly deviation: number;
    readonly missingFlag: boolean;
}

export interface DenseOptions {
    readonly transform: "none" | "log1p";
    readonly standardize: boolean;
    readonly missingFlags: boolean;
}

export interface DropNegatives {
    readonly rate: number;
    readonly seed: number;
    readonly among?: (row: number) => boolean;
}

export interface EncodeOptions {
    readonly maxMemoryBytes: number;
    readonly signal?: AbortSignal;
}

export interface EncodedDataset {
    readonly samples: number;
    readonly denseFeatures: number;
    readonly features: readonly EncodedFeature[];
    readonly sections?: readonly number[];
    readonly timestamps?: Float64Array;
    fill(numbers: Float64Array, begin: number, end: number, into: BatchBuffer): void;
    close(): void;
}

export interface EncodedFeature {
    readonly name: string;
    readonly rows: number;
}

export type FeatureEncoding = {
    readonly kind: "vocabulary";
    readonly column: string;
    readonly unknown: "row" | "refuse";
    readonly modulo: number;
    readonly missing: "own" | "zero";
    readonly values: VocabularyValues;
} | {
    readonly kind: "hash";
    readonly column: string;
    readonly rows: number;
    readonly seed: number;
    readonly modulo: number;
} | {
    readonly kind: "modulo";
    readonly column: string;
    readonly rows: number;
};

export type FileFormat = {
    readonly kind: "criteo";
} | {
    readonly kind: "csv";
    readonly delimiter: "," | "\t" | ";";
};

export interface FitOptions {
    readonly dense: DenseOptions;
    readonly categories: CategoryOptions;
    readonly columns?: Readonly<Record<string, CategoryOptions>>;
    readonly training?: (sample: number) => boolean;
    readonly signal?: AbortSignal;
}

export type IndexDistribution = {
    readonly kind: "uniform";
} | {
    readonly kind: "zipf";
    readonly alpha: number;
};

export interface InferOptions {
    readonly label?: string;
    readonly delimiter?: "," | "\t" | ";";
    readonly missing?: readonly string[];
    readonly rows?: number;
    readonly onBadLine?: ReadOptions["onBadLine"];
    readonly signal?: AbortSignal;
}

export declare const MAX_BATCH: number;

export declare const MAX_FILES = 100000;

export declare const MAX_LINE_BYTES: number;

export interface MemoryColumn {
    readonly indices: Int32Array;
    readonly offsets?: Int32Array;
}

export interface MemoryDatasetParts {
    readonly denseFeatures: number;
    readonly features: readonly EncodedFeature[];
    readonly dense: Float32Array;
    readonly labels: Float32Array;
    readonly columns: readonly MemoryColumn[];
    readonly sections?: readonly number[];
    readonly timestamps?: Float64Array;
}

export declare const PLANTED_DEFAULTS: Required<Omit<PlantedOptions, "rows" | "seed">>;

export interface PassOptions {
    readonly signal?: AbortSignal;
}

export interface Permutation {
    readonly length: number;
    at(position: number): number;
    positionOf(number: number): number;
}

export interface PlantedDataset {
    readonly dataset: EncodedDataset;
    readonly probabilities: Float32Array;
    readonly options: Required<PlantedOptions>;
}

export interface PlantedOptions {
    readonly rows: number;
    readonly seed: number;
    readonly effectSeed?: number;
    readonly tableRows?: readonly number[];
    readonly alpha?: number;
    readonly denseFeatures?: number;
    readonly denseEffect?: number;
    readonly effectDeviation?: number;
    readonly latentLength?: number;
    readonly latentDeviation?: number;
    readonly interactionEffect?: number;
    readonly intercept?: number;
}

export interface PrepareOptions {
    readonly split: SplitSpec;
    readonly fit: Omit<FitOptions, "training" | "signal">;
    readonly fitOn: "training" | "all";
    readonly drop?: Omit<DropNegatives, "among">;
    readonly encode: (source: DataSource, preprocessing: Preprocessing) => Promise<EncodedDataset>;
    readonly signal?: AbortSignal;
}

export interface PreparedDataset {
    readonly dataset: EncodedDataset;
    readonly parts: DatasetParts;
    readonly preprocessing: Preprocessing;
}

export interface Preprocessing {
    readonly version: 1;
    readonly schema: DatasetSchema;
    readonly dense: readonly DenseEncoding[];
    readonly features: readonly FeatureEncoding[];
}

export declare const RECOMMENDED_FIT: FitOptions;

export interface RandomDatasetOptions {
    readonly rows: number;
    readonly seed: number;
    readonly denseFeatures: number;
    readonly features: readonly RandomFeature[];
    readonly positiveRate?: number;
}

export interface RandomFeature {
    readonly rows: number;
    readonly minIndices?: number;
    readonly maxIndices?: number;
    readonly distribution?: IndexDistribution;
}

export interface ReadOptions {
    readonly onBadLine?: "refuse" | SkipReport;
    readonly labels?: "required" | "absent" | "detect";
}

export interface RowChunk {
    readonly size: number;
    readonly firstRow: number;
    readonly file: string;
    readonly section: number;
    readonly lines: Float64Array;
    readonly labels: Float64Array;
    readonly numeric: Float64Array;
    readonly timestamps?: Float64Array;
    readonly categories: readonly CategoryValues[];
}

export interface RowCounts {
    readonly rows: number;
    readonly positives: number;
    readonly sections: readonly number[];
    readonly timestamps?: Float64Array;
}

export type SkipReport = (error: DqrmError<"DATA">) => void;

export type SplitSpec = {
    readonly kind: "criteo";
    readonly days: number;
    readonly counts?: readonly number[];
    readonly randomize?: {
        readonly kind: "none" | "day" | "total";
        readonly seed: number;
    };
} | {
    readonly kind: "random";
    readonly seed: number;
    readonly validation: number;
    readonly test: number;
} | {
    readonly kind: "temporal";
    readonly validation: number;
    readonly test: number;
} | {
    readonly kind: "given";
    readonly train: number;
    readonly validation: number;
    readonly test: number;
};

export type SyntheticData = {
    readonly kind: "planted";
    readonly options: PlantedOptions;
} | {
    readonly kind: "random";
    readonly options: RandomDatasetOptions;
};

export type VocabularyValues = {
    readonly kind: "text";
    readonly list: readonly string[];
} | {
    readonly kind: "codes";
    readonly list: string;
    readonly missing: number;
};

export declare function batchCount(samples: number, batchSize: number): number;

export declare function batches(dataset: EncodedDataset, options: BatchOptions, into?: BatchBuffer): Generator<Batch, void, undefined>;

export declare function columnNames(schema: DatasetSchema, ...kinds: readonly ColumnKind[]): string[];

export declare function countRows(source: DataSource, signal?: AbortSignal): Promise<RowCounts>;

export declare function createBatchBuffer(dataset: Pick<EncodedDataset, "denseFeatures" | "features">, capacity: number): BatchBuffer;

export declare function createPermutation(length: number, key: RandomKey): Permutation;

export declare function criteoRowsSource(inputs: readonly ByteInput[], options?: ReadOptions): DataSource;

export declare function csvRowsSource(inputs: readonly ByteInput[], schema: DatasetSchema, options?: ReadOptions): DataSource;

export declare function datasetView(parent: EncodedDataset, samples: number, numberOf: (sample: number) => number): EncodedDataset;

export declare function decodeCodes(text: string): Uint32Array | undefined;

export declare function denseNames(preprocessing: Preprocessing): string[];

export declare function dropNegatives(source: DataSource, options: DropNegatives): DataSource;

export declare function encode(source: DataSource, preprocessing: Preprocessing, options: EncodeOptions): Promise<EncodedDataset>;

export declare function encodeCodes(codes: Uint32Array): string;

export declare function equalDays(samples: number, days: number): number[];

export declare function featureRows(encoding: FeatureEncoding): number;

export declare function fitPreprocessing(source: DataSource, options: FitOptions): Promise<Preprocessing>;

export declare function hashCode(code: number, seed: number): number;

export declare function hashText(text: string, seed: number): number;

export declare function hashToRow(hash: number, rows: number): number;

export declare function inSections(source: DataSource, lengths: readonly number[]): DataSource;

export declare function inferSchema(input: ByteInput, options: InferOptions): Promise<DatasetSchema>;

export declare function memoryDataset(parts: MemoryDatasetParts): EncodedDataset;

export declare function parseDataUrl(url: string): SyntheticData | undefined;

export declare function parsePreprocessing(source: string, text: string): Preprocessing;

export declare function parseSchema(source: string, text: string): DatasetSchema;

export declare function plantedDataset(options: PlantedOptions): PlantedDataset;

export declare function prepareDataset(source: DataSource, options: PrepareOptions): Promise<PreparedDataset>;

export declare function prepareZipf(rows: number, alpha: number): (uniform: number) => number;

export declare function randomDataset(options: RandomDatasetOptions): EncodedDataset;

export declare function reserveIndices(bag: BatchBuffer["bags"][number], count: number): void;

export declare function sliceDataset(dataset: EncodedDataset, begin: number, end: number): EncodedDataset;

export declare function splitDataset(dataset: EncodedDataset, split: SplitSpec): DatasetParts;

export declare function trainingSamples(counts: {
    readonly rows: number;
    readonly timestamps?: Float64Array;
}, split: SplitSpec): (sample: number) => boolean;
