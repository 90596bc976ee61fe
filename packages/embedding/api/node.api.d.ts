// What @dqrm/embedding/node exports. Written by tools/api-report; review the difference, do not edit.

import type { PackedRows, Placement, TableHeader } from "@dqrm/core";

import type { EmbeddingTable, ServingOptions } from "@dqrm/embedding";

export interface FileTable extends EmbeddingTable {
    readonly header: TableHeader;
    readonly readBytes: number;
    verify(): void;
    close(): void;
    placed(placement: Placement): FileTable;
}

export declare function loadTableFile(path: string): PackedRows;

export declare function openPackedTable(path: string, options: ServingOptions): FileTable;

export declare function saveTableFile(path: string, packed: PackedRows): Promise<void>;
