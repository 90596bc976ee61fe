import { stat } from "node:fs/promises";
import type { MatrixInspection, ModelInspection, TableInspection } from "@dqrm/dlrm/node";
import { inspectPath } from "@dqrm/dlrm/node";
import { readFailure } from "../pipeline/read-failure.ts";
import { formatBytes, formatCount } from "../terminal/format-number.ts";
import { quantizerName } from "../terminal/quantizer-name.ts";
import { textTable } from "../terminal/text-table.ts";
import type { Surroundings } from "./surroundings.ts";

const MODEL_PARTS = ["codes", "scales", "pooling", "layers", "header", "padding", "total"] as const;

/** Prints the tables of a model directory or table file, and where every byte goes, headers included. */
export async function inspect(path: string, json: boolean, { terminal }: Surroundings): Promise<void> {
  await stat(path).catch((cause: unknown) => {
    throw readFailure(path, "a model directory or a table file", cause);
  });
  const found = await inspectPath(path);
  if (json) terminal.out(`${JSON.stringify(found)}\n`);
  else terminal.out(found.kind === "model" ? modelText(found) : tableText(found));
}

function modelText({ bytes, files, layers, path, tables, totalBytes }: ModelInspection): string {
  const parts = MODEL_PARTS.map((part) => [part, formatCount(bytes[part]), formatBytes(bytes[part])]);
  return [
    `model ${path}`,
    "",
    embeddingTable(tables),
    "",
    matrixTable(layers),
    "",
    textTable(
      [
        { title: "bytes of model.safetensors", align: "left" },
        { title: "bytes", align: "right" },
        { title: "", align: "right" },
      ],
      parts,
    ),
    "",
    `directory ${formatCount(totalBytes)} bytes: ${files.map(({ bytes: count, name }) => `${name} ${formatCount(count)}`).join(", ")}`,
    "",
  ].join("\n");
}

function tableText({ headerBytes, paddingBytes, table, totalBytes }: TableInspection): string {
  const sizes = `header ${formatCount(headerBytes)}, alignment ${formatCount(paddingBytes)}, total ${formatCount(totalBytes)} bytes`;
  return `${matrixTable([table])}\n\n${sizes}\n`;
}

function matrixTable(matrices: readonly MatrixInspection[]): string {
  return textTable(MATRIX_COLUMNS, matrices.map(matrixCells));
}

/** Has a column more than that of layers: what looks alike in codes may have been trained in different ways. */
function embeddingTable(tables: ModelInspection["tables"]): string {
  return textTable(
    [...MATRIX_COLUMNS, { title: "trained behind", align: "left" }],
    tables.map((table) => [...matrixCells(table), quantizerName(table.quantization)]),
  );
}

const MATRIX_COLUMNS = [
  { title: "name", align: "left" },
  { title: "rows", align: "right" },
  { title: "cols", align: "right" },
  { title: "bits", align: "right" },
  { title: "scheme", align: "left" },
  { title: "one scale per", align: "left" },
  { title: "codes", align: "right" },
  { title: "scales", align: "right" },
] as const;

function matrixCells(matrix: MatrixInspection): readonly string[] {
  const { bits, codeBytes, cols, granularity, name, rows, scaleBytes, scheme } = matrix;
  const columns = granularity?.kind === "group" ? `${granularity.groupCols} columns` : granularity?.kind;
  return [
    name,
    formatCount(rows),
    formatCount(cols),
    String(bits),
    scheme ?? "float",
    columns ?? "–",
    formatCount(codeBytes),
    formatCount(scaleBytes),
  ];
}
