// What @dqrm/embedding/conformance exports. Written by tools/api-report; review the difference, do not edit.

import type { ConformanceCase, Pooling } from "@dqrm/core";

import type { EmbeddingTable, TrainableTable } from "@dqrm/embedding";

export interface TableSubject {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    readonly weights: Float32Array;
    open(pooling: Pooling): EmbeddingTable;
}

export interface TrainableSubject {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    create(weights: Float32Array, pooling: Pooling): TrainableTable;
}

export declare function tableCases(subject: TableSubject): Generator<ConformanceCase>;

export declare function trainableTableCases(subject: TrainableSubject): Generator<ConformanceCase>;
