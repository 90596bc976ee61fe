import type { CellTable } from "../study/metric-table.ts";
import { formatCount } from "../terminal/format-number.ts";
import { textTable } from "../terminal/text-table.ts";
import type { QuantizeResult } from "./quantize-result.ts";
import { metricChangeTable, partTable, sizeText } from "./quantize-tables.ts";

/** Says in lines what `dqrm quantize` did. */
export function quantizeText(result: QuantizeResult): string {
  const { measured, out } = result;
  return [
    cellText(partTable(result)),
    "",
    ...(measured === null ? [] : [cellText(metricChangeTable(measured)), `on ${samplesText(measured)}`, ""]),
    sizeText(result),
    `written: ${out}, with report.html and quantization.json`,
    "",
  ].join("\n");
}

/** Names the rows that metrics were measured on. */
export function samplesText({ data, part, before }: NonNullable<QuantizeResult["measured"]>): string {
  const which = part === "all" ? "all rows" : `the ${part} rows`;
  return `${which} of ${data} (${formatCount(before?.samples ?? 0)} samples)`;
}

function cellText({ columns, rows }: CellTable): string {
  return textTable(
    columns.map((title, c) => ({ title, align: c === 0 ? "left" : "right" }) as const),
    rows,
  );
}
