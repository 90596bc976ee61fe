// What @dqrm/embedding exports. Written by tools/api-report; review the difference, do not edit.

import type { BitWidth, BlockRange, Jagged, Kernels, OptimizerSpec, PackedRows, Placement, Pooling, RandomKey, RobeSpec, RowFormat, RowGradient, ScaleGranularity, ScaleRefresh, StoredQuantization, TensorTrainShape } from "@dqrm/core";

export interface BoundsCheck {
    check(bags: Jagged): Jagged;
    repair(bags: Jagged): Jagged;
}

export type BoundsPolicy = {
    readonly mode: "fatal";
} | {
    readonly mode: "warning";
    readonly report: (warning: BoundsWarning) => void;
} | {
    readonly mode: "ignore";
};

export interface BoundsWarning {
    readonly position: number;
    readonly index: number;
    readonly rows: number;
    readonly count: number;
}

export interface CollectionPlacement {
    readonly offset: number;
    readonly stride: number;
}

export interface ComposedTable extends TrainableTable {
    readonly parts: readonly TrainableTable[];
    placed(placement: Placement): ComposedTable;
}

export interface ComposedTableOptions {
    readonly pooling: Pooling;
    readonly bounds?: BoundsPolicy;
    readonly kernels?: Kernels;
}

export interface DeviceTable {
    readonly rows: number;
    readonly cols: number;
    readonly pooling: Pooling;
    lookup(bags: Jagged, signal: AbortSignal): Promise<Float32Array>;
    dispose(): Promise<void>;
}

export interface EmbeddingCollection {
    readonly names: readonly string[];
    readonly offsets: readonly number[];
    readonly stride: number;
    lookup(bags: FeatureBags, dst: Float32Array): void;
}

export interface EmbeddingTable {
    readonly rows: number;
    readonly cols: number;
    readonly pooling: Pooling;
    lookup(bags: Jagged, dst: Float32Array): void;
    placed(placement: Placement): EmbeddingTable;
}

export interface Feature<Table extends EmbeddingTable = EmbeddingTable> {
    readonly name: string;
    readonly table: Table;
}

export type FeatureBags = Readonly<Record<string, Jagged>>;

export interface HashedTableOptions extends ComposedTableOptions {
    readonly rows: number;
    readonly seed: number;
}

export interface MasterTable extends TrainableTable {
    readonly weights: Float32Array;
    placed(placement: Placement): MasterTable;
}

export interface MixedDimensionOptions extends ComposedTableOptions {
    readonly cols: number;
    readonly projection: Float32Array;
    readonly optimizer: OptimizerSpec;
    readonly optimizerState?: Float32Array;
}

export interface PackedTable extends EmbeddingTable {
    readonly packed: PackedRows;
    placed(placement: Placement): PackedTable;
}

export interface QatTable extends MasterTable {
    readonly format: RowFormat;
    readonly step: number;
    readonly scale: number;
    pack(): PackedRows;
    placed(placement: Placement): QatTable;
}

export interface QatTableOptions extends TrainableTableOptions {
    readonly bits: BitWidth;
    readonly granularity: ScaleGranularity;
    readonly refresh: ScaleRefresh;
    readonly resume?: {
        readonly step: number;
        readonly scale: number;
    };
}

export interface QuotientRemainderOptions extends ComposedTableOptions {
    readonly rows: number;
    readonly combine: "mult" | "add" | "concat";
}

export interface RobeTableOptions extends ComposedTableOptions, Pick<RobeSpec, "cols" | "blockCols" | "hash" | "seed" | "signs"> {
    readonly rows: number;
}

export interface ServingOptions {
    readonly pooling: Pooling;
    readonly bounds?: BoundsPolicy;
    readonly kernels?: Kernels;
}

export interface SparseOptimizer {
    readonly state: Float32Array;
    apply(gradient: RowGradient, learningRate: number): void;
    applyPairs(rows: Int32Array, values: Float32Array, count: number, learningRate: number): void;
}

export interface SparseOptimizerOptions {
    readonly rows: number;
    readonly cols: number;
    readonly weights: Float32Array;
    readonly optimizer: OptimizerSpec;
    readonly state?: Float32Array;
    readonly range?: BlockRange;
    readonly kernels?: Kernels;
}

export interface StoredTable extends TrainableTable {
    readonly packed: PackedRows;
    readonly step: number;
    placed(placement: Placement): StoredTable;
}

export interface StoredTableOptions {
    readonly packed: PackedRows;
    readonly quantization: StoredQuantization;
    readonly stream: number;
    readonly pooling: Pooling;
    readonly optimizer: OptimizerSpec;
    readonly optimizerState?: Float32Array;
    readonly resume?: {
        readonly step: number;
    };
    readonly bounds?: BoundsPolicy;
    readonly kernels?: Kernels;
}

export interface TableShape {
    readonly rows: number;
    readonly cols: number;
    readonly firstRow?: number;
}

export interface TensorTrainTableOptions extends ComposedTableOptions, TensorTrainShape {
    readonly rows: number;
}

export interface TrainableCollection<T extends TrainableTable = TrainableTable> extends EmbeddingCollection {
    readonly tables: readonly T[];
    forward(bags: FeatureBags, dst: Float32Array): void;
    backward(bags: FeatureBags, gradient: Float32Array): readonly RowGradient[];
    apply(gradients: readonly RowGradient[], learningRate: number): void;
}

export interface TrainableCollectionOptions {
    readonly placement?: CollectionPlacement;
    readonly kernels?: Kernels;
}

export interface TrainableTable extends EmbeddingTable {
    readonly optimizerState: Float32Array;
    forward(bags: Jagged, dst: Float32Array): void;
    backward(bags: Jagged, gradient: Float32Array): RowGradient;
    apply(gradient: RowGradient, learningRate: number): void;
    reload(): void;
    placed(placement: Placement): TrainableTable;
}

export interface TrainableTableOptions {
    readonly rows: number;
    readonly cols: number;
    readonly pooling: Pooling;
    readonly weights: Float32Array;
    readonly optimizer: OptimizerSpec;
    readonly optimizerState?: Float32Array;
    readonly bounds?: BoundsPolicy;
    readonly kernels?: Kernels;
}

export declare function createCollection(features: readonly Feature[], placement?: CollectionPlacement): EmbeddingCollection;

export declare function createSparseOptimizer(options: SparseOptimizerOptions): SparseOptimizer;

export declare function createTrainableCollection<T extends TrainableTable>(features: readonly Feature<T>[], options?: TrainableCollectionOptions): TrainableCollection<T>;

export declare function fillStoredRows(quantization: StoredQuantization, packed: PackedRows, fill: (values: Float32Array, firstRow: number) => void): void;

export declare function floatTable(options: TrainableTableOptions): MasterTable;

export declare function hashedTable(inner: TrainableTable, options: HashedTableOptions): ComposedTable;
export declare function hashedTable(inner: EmbeddingTable, options: HashedTableOptions): EmbeddingTable;

export declare function mixedDimensionTable(inner: TrainableTable, options: MixedDimensionOptions): ComposedTable;
export declare function mixedDimensionTable(inner: EmbeddingTable, options: MixedDimensionOptions): EmbeddingTable;

export declare function normalInit(shape: TableShape & {
    readonly standardDeviation: number;
}, key: RandomKey, dst?: Float32Array): Float32Array;

export declare function packedTable(packed: PackedRows, options: ServingOptions): PackedTable;

export declare function prepareBounds(rows: number, policy: BoundsPolicy): BoundsCheck;

export declare function qatTable(options: QatTableOptions): QatTable;

export declare function quotientRemainderTable(quotient: TrainableTable, remainder: TrainableTable, options: QuotientRemainderOptions): ComposedTable;
export declare function quotientRemainderTable(quotient: EmbeddingTable, remainder: EmbeddingTable, options: QuotientRemainderOptions): EmbeddingTable;

export declare function robeTable(inner: TrainableTable, options: RobeTableOptions): ComposedTable;
export declare function robeTable(inner: EmbeddingTable, options: RobeTableOptions): EmbeddingTable;

export declare function storedTable(options: StoredTableOptions): StoredTable;

export declare function tensorTrainTable(cores: Cores<TrainableTable>, options: TensorTrainTableOptions): ComposedTable;
export declare function tensorTrainTable(cores: Cores<EmbeddingTable>, options: TensorTrainTableOptions): EmbeddingTable;

export declare function uniformInit(shape: TableShape & {
    readonly bound?: number;
}, key: RandomKey, dst?: Float32Array): Float32Array;

// Referred to above, but not exported.

type Cores<Table> = readonly [
    Table,
    Table,
    Table
];
