import type { SharedArray, TablePlan } from "@dqrm/dlrm";
import { formatBytes, formatCount } from "../terminal/format-number.ts";
import { textTable, type TextColumn } from "../terminal/text-table.ts";
import type { PlannedModel } from "./planned-model.ts";
import type { LayerRow, ModelRow } from "./model-rows.ts";
import type { SizeRow } from "./size-rows.ts";

/** Writes what the tables of a model take. */
export function tablesText({ config, tables, title }: PlannedModel, sizes: readonly SizeRow[]): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const floats = sizes[0].bytes;
  return [
    `${title}: ${tables.length} tables, ${formatCount(rows)} rows of ${config.model.embeddingDim} columns`,
    "",
    textTable(
      columns(["tables", "bytes", "of scales", "", "smaller", "loss"]),
      sizes.map(({ bytes, loss, name, scaleBytes }) => [
        name,
        formatCount(bytes),
        formatCount(scaleBytes),
        formatBytes(bytes + scaleBytes),
        `${(floats / (bytes + scaleBytes)).toFixed(1)}×`,
        lossText(loss),
      ]),
    ),
    "",
  ].join("\n");
}

/** Writes what the layers of a model take, and the whole model, with what the papers say beside it. */
export function modelText(
  layers: readonly LayerRow[],
  models: readonly ModelRow[],
  paper: Readonly<Record<string, string>>,
): string {
  return [
    textTable(
      columns(["linear layers", "bytes", "of scales"]),
      layers.map(({ bits, bytes, scaleBytes }) => [
        bitsText(bits),
        formatCount(bytes),
        formatCount(scaleBytes),
      ]),
    ),
    "",
    textTable(
      columns(["whole model", "bytes", "the paper"]),
      models.map(({ bytes, name }) => [name, formatCount(bytes), paper[name] ?? ""]),
    ),
    "",
  ].join("\n");
}

/** Writes a plan table by table, longest first. */
export function planText({ bytes, loss, shared, tables }: TablePlan, budgetBytes: number): string {
  const sorted = [...tables].sort((a, b) => b.rows - a.rows);
  return [
    `plan for ${formatCount(budgetBytes)} bytes: ${formatCount(bytes)} bytes, loss ${lossText(loss)}`,
    "",
    textTable(columns(["table", "rows", "bits", "bytes", "loss"]), [
      ...(shared === null ? [] : [arrayRow(shared)]),
      ...sorted.map(({ bits, bytes: own, loss: lost, method, name, rows }) => [
        name,
        formatCount(rows),
        bitsText(bits),
        method === "shared" ? "in the array" : formatCount(own),
        lossText(lost),
      ]),
    ]),
    "",
  ].join("\n");
}

function arrayRow({ bits, blockCols, bytes, cells, granularity }: SharedArray): readonly string[] {
  const scales = granularity === "row" ? `, a scale each ${blockCols}` : "";
  return ["array (ROBE)", `${formatCount(cells)} cells${scales}`, bitsText(bits), formatCount(bytes), ""];
}

function bitsText(bits: number): string {
  return bits === 32 ? "FP32" : `INT${bits}`;
}

function lossText(loss: number | null): string {
  return loss === null ? "–" : loss.toFixed(4);
}

function columns(titles: readonly string[]): readonly TextColumn[] {
  return titles.map((title, c) => ({ title, align: c === 0 ? "left" : "right" }));
}
