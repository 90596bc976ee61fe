// What @dqrm/dlrm/node exports. Written by tools/api-report; review the difference, do not edit.

import type { Arena, DqrmError, ModelSpec, ModelState, PackedModel, ScaleGranularity, Scheme, TableQuantization } from "@dqrm/core";

import type { ShardResidual } from "@dqrm/dlrm";

export declare const CHECKPOINTS = "checkpoints";

export interface CheckpointContent {
    readonly config: unknown;
    readonly spec: ModelSpec;
    readonly state: ModelState;
    readonly best: ModelState | undefined;
    readonly residuals?: readonly ShardResidual[];
    readonly trainer: unknown;
}

export interface CheckpointEntry {
    readonly step: number;
    readonly path: string;
    readonly state: CheckpointState;
}

export type CheckpointState = {
    readonly kind: "complete";
} | {
    readonly kind: "unfinished";
} | {
    readonly kind: "damaged";
    readonly error: DqrmError;
};

export interface Disk {
    create(path: string): Promise<DiskFile>;
    rename(from: string, to: string): Promise<void>;
    syncDirectory(path: string): Promise<void>;
    makeDirectory(path: string): Promise<string | undefined>;
    remove(path: string): Promise<void>;
    list(path: string): Promise<readonly string[] | undefined>;
}

export interface DiskFile {
    write(bytes: Uint8Array): Promise<void>;
    sync(): Promise<void>;
    close(): Promise<void>;
}

export interface EmbeddingInspection extends MatrixInspection {
    readonly quantization: TableQuantization;
}

export interface LoadCheckpointOptions<Config, Trainer> {
    readonly parseConfig: (json: unknown) => Config;
    readonly parseTrainer: (json: unknown) => Trainer;
    readonly arena?: Arena;
}

export interface LoadModelOptions<Config, Preprocessing> {
    readonly parseConfig: (json: unknown) => Config;
    readonly parsePreprocessing: (json: unknown) => Preprocessing;
    readonly arena?: Arena;
}

export interface LoadedCheckpoint<Config, Trainer> {
    readonly path: string;
    readonly config: Config;
    readonly spec: ModelSpec;
    readonly state: ModelState;
    readonly best: ModelState | undefined;
    readonly residuals?: readonly ShardResidual[];
    readonly trainer: Trainer;
}

export interface LoadedModel<Config, Preprocessing> {
    readonly config: Config;
    readonly model: PackedModel;
    readonly preprocessing: Preprocessing;
    readonly modelCrc32: number;
}

export declare const MODEL_DIRECTORY: {
    readonly format: string;
    readonly version: number;
};

export declare const MODEL_FILES: {
    readonly config: "config.json";
    readonly model: "model.safetensors";
    readonly preprocessing: "preprocessing.json";
    readonly card: "README.md";
    readonly metrics: "metrics.jsonl";
};

export interface MatrixInspection {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    readonly bits: number;
    readonly scheme: Scheme | null;
    readonly granularity: ScaleGranularity | null;
    readonly codeBytes: number;
    readonly scaleBytes: number;
}

export interface ModelBytes {
    readonly codes: number;
    readonly scales: number;
    readonly pooling: number;
    readonly layers: number;
    readonly header: number;
    readonly padding: number;
    readonly total: number;
}

export interface ModelCard {
    readonly title: string;
    readonly license: string;
    readonly tags: readonly string[];
    readonly description: string;
    readonly metrics: Readonly<Record<string, number>>;
}

export interface ModelDirectoryContent {
    readonly config: unknown;
    readonly model: PackedModel;
    readonly preprocessing: unknown;
    readonly card: ModelCard;
    readonly metrics: readonly unknown[];
    readonly documents?: readonly ModelDocument[];
}

export interface ModelDocument {
    readonly name: string;
    readonly text: string;
}

export interface ModelInspection {
    readonly kind: "model";
    readonly path: string;
    readonly tables: readonly EmbeddingInspection[];
    readonly layers: readonly MatrixInspection[];
    readonly bytes: ModelBytes;
    readonly files: readonly {
        readonly name: string;
        readonly bytes: number;
    }[];
    readonly totalBytes: number;
}

export interface SaveCheckpointOptions {
    readonly keep: number;
    readonly disk?: Disk;
}

export interface TableInspection {
    readonly kind: "table";
    readonly path: string;
    readonly table: MatrixInspection;
    readonly headerBytes: number;
    readonly paddingBytes: number;
    readonly totalBytes: number;
}

export declare function checkpointPath(modelDirectory: string, step: number): string;

export declare function inspectPath(path: string): Promise<ModelInspection | TableInspection>;

export declare function listCheckpoints(modelDirectory: string, disk?: Disk): Promise<readonly CheckpointEntry[]>;

export declare function loadCheckpoint<Config, Trainer>(path: string, { arena, parseConfig, parseTrainer }: LoadCheckpointOptions<Config, Trainer>): Promise<LoadedCheckpoint<Config, Trainer>>;

export declare function loadLatestCheckpoint<Config, Trainer>(modelDirectory: string, options: LoadCheckpointOptions<Config, Trainer>): Promise<LoadedCheckpoint<Config, Trainer>>;

export declare function loadModelDirectory<Config, Preprocessing>(directory: string, { arena, parseConfig, parsePreprocessing }: LoadModelOptions<Config, Preprocessing>): Promise<LoadedModel<Config, Preprocessing>>;

export declare const nodeDisk: Disk;

export declare function saveCheckpoint(modelDirectory: string, { best, config, residuals, spec, state, trainer }: CheckpointContent, { disk, keep }: SaveCheckpointOptions): Promise<string>;

export declare function saveModelDirectory(directory: string, { card, config, documents, metrics, model, preprocessing }: ModelDirectoryContent, disk?: Disk): Promise<void>;
