// What @dqrm/data/node exports. Written by tools/api-report; review the difference, do not edit.

import type { ByteInput, DataSource, DatasetSchema, EncodedDataset, InferOptions, Preprocessing, ReadOptions } from "@dqrm/data";

export interface EncodeToFileOptions {
    readonly path: string;
    readonly fingerprint: string;
    readonly signal?: AbortSignal;
}

export interface OpenEncodedOptions {
    readonly fingerprint?: string;
    readonly verify?: boolean;
}

export declare function criteoSource(paths: readonly string[], options?: ReadOptions): DataSource;

export declare function csvSource(paths: readonly string[], schema: DatasetSchema, options?: ReadOptions): DataSource;

export declare function encodeToFile(source: DataSource, preprocessing: Preprocessing, options: EncodeToFileOptions): Promise<EncodedDataset>;

export declare function expandPaths(pattern: string): Promise<string[]>;

export declare function fileInput(path: string): ByteInput;

export declare function inferFileSchema(path: string, options: InferOptions): Promise<DatasetSchema>;

export declare function openEncodedFile(path: string, options?: OpenEncodedOptions): EncodedDataset;
