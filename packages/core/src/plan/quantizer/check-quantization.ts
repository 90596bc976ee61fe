import { checkRowFormat, type RowFormat } from "../../format/row-format.ts";
import { checkCount } from "../check-count.ts";
import type { ScaleRefresh, TableSpec } from "../model-spec.ts";
import { checkStored } from "./check-stored.ts";
import { packedTableFormat } from "./packed-table-format.ts";

/**
 * Checks what a table's quantization says.
 *
 * @throws VALUE or LIMIT naming the part of the table at `place`
 */
export function checkTableQuantization(table: TableSpec, place: string): void {
  const { quantization } = table;
  switch (quantization.kind) {
    case "none":
      return;
    case "fake":
      checkFormat(packedTableFormat(table), place);
      checkRefresh(quantization.refresh, place);
      return;
    case "stored":
      checkStored(quantization, table.cols, place);
  }
}

function checkFormat(format: RowFormat | undefined, place: string): void {
  if (format !== undefined) checkRowFormat(place, format);
}

function checkRefresh(refresh: ScaleRefresh, place: string): void {
  if (refresh.kind === "periodic")
    checkCount(`${place}.refresh.periodSteps`, refresh.periodSteps, 1, 2 ** 31);
}
