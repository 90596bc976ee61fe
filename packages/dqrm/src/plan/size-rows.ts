import { rowBytes } from "@dqrm/core";
import {
  buildModelSpec,
  byteReport,
  quantizationLoss,
  setConfigValues,
  type ByteReport,
  type TrainingBits,
} from "@dqrm/dlrm";
import type { Assignment } from "../commands/dlrm-aliases.ts";
import type { PlannedModel } from "./planned-model.ts";

/** Holds what all embedding tables take when they are kept in one way. */
export interface SizeRow {
  readonly name: string;
  /** Codes or floats. */
  readonly bytes: number;
  readonly scaleBytes: number;
  /** Expected squared error of a looked-up weight over its variance; null where there is no estimate. */
  readonly loss: number | null;
}

const WIDTHS: readonly TrainingBits[] = [32, 16, 8, 6, 5, 4, 3, 2, 1];

/** Names the rows that the phone of the paper reads. */
export const FBGEMM_NAME = "INT4, FP16 scale and bias a row (FBGEMM)";

/** A scale and a bias of 16 bits each, which FBGEMM keeps beside the codes of a row. */
const FBGEMM_ROW_BYTES = 4;

const PLAIN: readonly Assignment[] = [
  ["quantization.tables.overrides", "[]"],
  ["quantization.tables.granularity", "table"],
];

/** Ways of having fewer weights, as assignments; their loss depends on what is learned, and has no estimate. */
const TRICKS: readonly { readonly name: string; readonly assignments: readonly Assignment[] }[] = [
  { name: "quotient-remainder, 4 collisions, FP32", assignments: quotientRemainder(32) },
  { name: "quotient-remainder, 4 collisions, INT4", assignments: quotientRemainder(4) },
  {
    name: "mixed dimensions, temperature 0.3, FP32",
    assignments: [
      ["quantization.tables.bits", "32"],
      ["model.mixedDimensions.enabled", "true"],
      ["model.mixedDimensions.temperature", "0.3"],
    ],
  },
  { name: "tensor train, rank 16, FP32", assignments: tensorTrain(32) },
  { name: "tensor train, rank 16, INT4", assignments: tensorTrain(4) },
];

function tensorTrain(bits: TrainingBits): readonly Assignment[] {
  return [
    ["quantization.tables.bits", String(bits)],
    ["model.tensorTrain.enabled", "true"],
    ["model.tensorTrain.threshold", "200"],
    ["model.tensorTrain.rank", "16"],
  ];
}

function quotientRemainder(bits: TrainingBits): readonly Assignment[] {
  return [
    ["quantization.tables.bits", String(bits)],
    ["model.quotientRemainder.enabled", "true"],
    ["model.quotientRemainder.collisions", "4"],
  ];
}

/** Lists what the tables of a model take in each way of keeping them. */
export function sizeRows(model: PlannedModel): readonly SizeRow[] {
  const { embeddingDim: cols } = model.config.model;
  return [
    ...WIDTHS.map((bits) => ({
      name: bits === 32 ? "FP32" : `INT${bits}`,
      ...tableBytes(model, [["quantization.tables.bits", String(bits)]]),
      loss: meanLoss(model, (rows) => quantizationLoss(bits, rows * cols)),
    })),
    {
      name: "INT4, one scale a row",
      ...tableBytes(model, [
        ["quantization.tables.bits", "4"],
        ["quantization.tables.granularity", "row"],
      ]),
      loss: quantizationLoss(4, cols),
    },
    {
      name: FBGEMM_NAME,
      bytes: sum(model.tables.map(({ rows }) => rows * rowBytes({ bits: 4, cols }))),
      scaleBytes: sum(model.tables.map(({ rows }) => rows * FBGEMM_ROW_BYTES)),
      loss: null,
    },
    ...TRICKS.map(({ assignments, name }) => ({
      name,
      ...tableBytes(model, assignments),
      loss: null,
    })),
  ];
}

/** Counts what tables take when the configuration is changed so; without assignments all are kept alike, one scale a table. */
export function tableBytes(
  model: PlannedModel,
  assignments: readonly Assignment[],
): Omit<SizeRow, "name" | "loss"> {
  const report = bytesWith(model, assignments);
  return { bytes: report.embeddings, scaleBytes: tableScales(report) };
}

/** Counts the bytes of a model with a changed configuration. */
export function bytesWith(
  { config, denseFeatures, tables }: PlannedModel,
  assignments: readonly Assignment[],
): ByteReport {
  return byteReport(
    buildModelSpec(setConfigValues(config, [...PLAIN, ...assignments]), { denseFeatures, features: tables }),
    0,
  );
}

/** Adds up the scales of tables, without those of layers. */
export function tableScales({ tables }: ByteReport): number {
  return sum(tables.map(({ scaleBytes }) => scaleBytes));
}

function meanLoss({ tables }: PlannedModel, loss: (rows: number) => number): number {
  const lookups = sum(tables.map((table) => table.lookups));
  return sum(tables.map((table) => table.lookups * loss(table.rows))) / lookups;
}

/** Adds up. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
