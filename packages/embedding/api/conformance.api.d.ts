// What @dqrm/embedding/conformance exports. Written by tools/api-report; review the difference, do not edit.

import type { ConformanceCase, Pooling } from "@dqrm/core";

import type { ComposedTable, EmbeddingTable, TrainableTable } from "@dqrm/embedding";

export interface ComposedSubject {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    create(pooling: Pooling): ComposedTable;
    numbers(table: ComposedTable): readonly Float32Array[];
}

export interface TableSubject {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    readonly weights: Float32Array;
    open(pooling: Pooling): EmbeddingTable;
}

export interface TrainableSubject<T extends TrainableTable = TrainableTable> {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    create(weights: Float32Array, pooling: Pooling): T;
    read?(table: T): Float32Array;
    write?(table: T, weights: Float32Array): void;
}

export declare function composedTableCases(subject: ComposedSubject): Generator<ConformanceCase>;

export declare function tableCases(subject: TableSubject): Generator<ConformanceCase>;

export declare function trainableTableCases<T extends TrainableTable>(subject: TrainableSubject<T>): Generator<ConformanceCase>;
