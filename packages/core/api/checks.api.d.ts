// What @dqrm/core/checks exports. Written by tools/api-report; review the difference, do not edit.

import type { Batch, EncodeValuesSpec, InteractionSpec, Jagged, ModelGradients, ModelSpec, ModelState, OpFn, OptimizerSpec, PackedModel, PackedRows, Placement, RowFormat, SpanLayout } from "@dqrm/core";

export declare function checkBags(op: string, bags: Jagged, begin: number, end: number): void;

export declare function checkBatch(op: string, spec: ModelSpec, batch: Batch, maxBatch: number): void;

export declare function checkEncodeValues(op: string, { rounding, scale, values }: EncodeValuesSpec): void;

export declare function checkFinite(what: string, values: Float32Array, begin: number, end: number): void;

export declare function checkGradients(gradients: ModelGradients, absmax: OpFn<"absmax">): void;

export declare function checkGradientsReady(ready: boolean): void;

export declare function checkLabels(op: string, { labels, size }: Batch): void;

export declare function checkLearningRate(op: string, learningRate: number): void;

export declare function checkLength(op: string, what: string, actual: number, needed: number): void;

export declare function checkLevels(op: string, scale: number, bias: number, slot: number): void;

export declare function checkModelState(spec: ModelSpec, state: ModelState): void;

export declare function checkOptimizer(op: string, optimizer: OptimizerSpec): void;

export declare function checkPacked(op: string, format: RowFormat, packed: PackedRows): void;

export declare function checkPackedModel({ spec, ...model }: PackedModel): void;

export declare function checkPart(op: string, begin: number, end: number): void;

export declare function checkPlacement(op: string, { stride, offset }: Placement, cols: number): void;

export declare function checkSize(op: string, what: string, value: number): void;

export declare function failIndex(op: string, position: number, index: number, rows: number): never;

export declare function failWeight(position: number, weight: number): never;

export declare function interactionOutputs({ kind, itself, vectors, cols }: InteractionSpec): number;

export declare function isNormalFloat(rate: number): boolean;

export declare function scalesNeeded({ scaleStep }: SpanLayout, end: number): number;
