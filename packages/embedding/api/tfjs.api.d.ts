// What @dqrm/embedding/tfjs exports. Written by tools/api-report; review the difference, do not edit.

import type { OptimizerSpec, PackedRows, Pooling, RowFormat, RowGradient, TableQuantization } from "@dqrm/core";

import type { MasterTable } from "@dqrm/embedding";

export interface EmbeddingBagArgs extends EmbeddingBagConfig {
    readonly name?: string;
    readonly trainable?: boolean;
    readonly inputShape?: number[];
}

export interface EmbeddingBagConfig {
    readonly rows: number;
    readonly cols: number;
    readonly pooling: Pooling;
    readonly quantization: LayerQuantization;
    readonly optimizer: OptimizerSpec;
    readonly learningRate: number | null;
    readonly initial: {
        readonly seed: number;
        readonly stream: number;
    };
    readonly keeps?: "masters" | "packed";
}

export type LayerQuantization = Extract<TableQuantization, {
    readonly kind: "none" | "fake";
}>;

export interface PackedTensors {
    readonly format: RowFormat;
    readonly rows: number;
    readonly codes: Tensor1D;
    readonly scale: Tensor1D;
}

export declare class QuantizedEmbeddingBag extends layers.Layer {
    #private;
    static readonly className: string;
    learningRate: number | null;
    constructor(args: EmbeddingBagArgs);
    get table(): MasterTable;
    get keeps(): "masters" | "packed";
    computeOutputShape(inputShape: Shape | Shape[]): Shape;
    call(inputs: Tensor | Tensor[]): Tensor;
    applyGradients(learningRate: number): void;
    takeGradient(): RowGradient | undefined;
    clearGradients(): void;
    pack(): PackedRows;
    freeze(): void;
    getConfig(): serialization.ConfigDict;
    protected disposeWeights(): number;
}

export declare function packedEmbeddingBag({ codes, format, rows, scale }: PackedTensors, input: {
    readonly indices: Tensor;
    readonly weights?: Tensor;
    readonly pooling: Pooling;
}): Tensor;

export declare function packedTensors({ codes, format, rows, scale }: PackedRows): PackedTensors;

export declare function registerQuantizedEmbeddingBag(): void;
