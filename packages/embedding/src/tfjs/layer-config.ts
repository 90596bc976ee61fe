import { DqrmError, type OptimizerSpec, type Pooling, type TableQuantization } from "@dqrm/core";
import { floatTable } from "../float-table.ts";
import { uniformInit } from "../initial-values.ts";
import { qatTable } from "../qat-table.ts";
import type { MasterTable } from "../table.ts";

/** Says how the layer sees its table: exact, or through codes. */
export type LayerQuantization = Extract<TableQuantization, { readonly kind: "none" | "fake" }>;

/** Fixes a {@link QuantizedEmbeddingBag}; data that goes into the model's JSON as it is. */
export interface EmbeddingBagConfig {
  readonly rows: number;
  readonly cols: number;
  readonly pooling: Pooling;
  readonly quantization: LayerQuantization;
  /** Updates the touched rows; the optimizer of the model never sees the table. */
  readonly optimizer: OptimizerSpec;
  /** Of the table's own optimizer. Null leaves the update to `applyGradients`. */
  readonly learningRate: number | null;
  /** Seeds the first weights, uniform in ±1/√rows; layers of one model take different streams. */
  readonly initial: { readonly seed: number; readonly stream: number };
  /**
   * Says what the layer keeps and saves: float masters that go on learning, or the packed table that serves. Absent means
   * masters; `freeze` turns one into the other.
   */
  readonly keeps?: "masters" | "packed";
}

/** Adds what every layer of TensorFlow.js may be given. */
export interface EmbeddingBagArgs extends EmbeddingBagConfig {
  readonly name?: string;
  readonly trainable?: boolean;
  /** Indices in a bag, when the layer is the first of a sequential model. */
  readonly inputShape?: number[];
}

/**
 * Checks what a layer is made of, as it may come from a file.
 *
 * @throws VALUE with the field that is not allowed
 */
export function checkLayerConfig(config: EmbeddingBagConfig): void {
  const { cols, keeps = "masters", learningRate, quantization, rows } = config;
  const fields = [
    ["rows", Number.isInteger(rows) && rows >= 1, "an integer >= 1", rows],
    ["cols", Number.isInteger(cols) && cols >= 1, "an integer >= 1", cols],
    ["learningRate", learningRate === null || learningRate >= 0, "a number >= 0, or null", learningRate],
    ["quantization.kind", ["none", "fake"].includes(quantization.kind), "none or fake", quantization.kind],
    [
      "keeps",
      keeps === "masters" || quantization.kind === "fake",
      "masters, as floats are not packed",
      keeps,
    ],
  ] as const;
  for (const [what, allowed, expected, actual] of fields) {
    if (allowed) continue;
    throw new DqrmError("VALUE", { op: "QuantizedEmbeddingBag", what, expected, actual: String(actual) });
  }
}

/** Gives what a table that learns needs to go on from: all of it, or a fresh start. */
export interface TableProgress {
  readonly weights: Float32Array;
  readonly optimizerState?: Float32Array;
  readonly resume?: { readonly step: number; readonly scale: number };
}

/** Makes the first weights of a layer. */
export function firstWeights({ cols, initial, rows }: EmbeddingBagConfig): Float32Array {
  return uniformInit({ rows, cols }, initial);
}

/** Opens the table of a layer over weights, where training stood. */
export function openTable(config: EmbeddingBagConfig, progress: TableProgress): MasterTable {
  const { cols, optimizer, pooling, quantization, rows } = config;
  const shared = { rows, cols, pooling, optimizer };
  if (quantization.kind === "none") return floatTable({ ...shared, ...progress });
  const { bits, granularity, refresh } = quantization;
  return qatTable({ ...shared, ...progress, bits, granularity, refresh });
}
