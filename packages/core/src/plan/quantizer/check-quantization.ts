import { DqrmError } from "../../errors.ts";
import { checkRowFormat, type RowFormat } from "../../format/row-format.ts";
import { checkCount } from "../check-count.ts";
import type { DeadZoneThreshold, ScaleRefresh, TableQuantization, TableSpec } from "../model-spec.ts";
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
    case "dorefa":
      checkFormat(packedTableFormat(table), place);
      checkRefresh(quantization.refresh, place);
      return;
    case "stored":
      checkStored(quantization, table.cols, place);
      return;
    case "dead-zone":
      checkFormat(packedTableFormat(table), place);
      checkRefresh(quantization.refresh, place);
      checkThreshold(quantization.threshold, place);
      return;
    case "learned-step":
      checkFormat(packedTableFormat(table), place);
      checkLearnedStep(quantization, place);
  }
}

function checkFormat(format: RowFormat | undefined, place: string): void {
  if (format !== undefined) checkRowFormat(place, format);
}

function checkRefresh(refresh: ScaleRefresh, place: string): void {
  if (refresh.kind === "periodic")
    checkCount(`${place}.refresh.periodSteps`, refresh.periodSteps, 1, 2 ** 31);
}

function checkLearnedStep(
  { bits, step }: Extract<TableQuantization, { kind: "learned-step" }>,
  place: string,
): void {
  checkCount(`${place}.bits of learned steps`, bits, 2, 16);
  if (step.kind === "relative") checkNumber(`${place}.step.rate`, step.rate, MAX_RATE);
}

/** A step that grows e-fold in one batch is no longer learned but thrown about. */
const MAX_RATE = 1;

function checkThreshold(threshold: DeadZoneThreshold, place: string): void {
  switch (threshold.kind) {
    case "absolute":
      checkNumber(`${place}.threshold.value`, threshold.value, LARGEST_FLOAT);
      return;
    case "frequency":
      checkCount(`${place}.threshold.minTouches`, threshold.minTouches, 0, 2 ** 31 - 1);
      checkNumber(`${place}.threshold.fraction`, threshold.fraction, 1);
      return;
    case "relative":
      checkNumber(`${place}.threshold.fraction`, threshold.fraction, 1);
  }
}

/** The threshold is kept in single precision. */
const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

function checkNumber(what: string, actual: number, maximum: number): void {
  if (actual >= 0 && actual <= maximum) return;
  const expected = `a number in [0, ${maximum}]`;
  throw new DqrmError("VALUE", { op: "model spec", what, expected, actual: String(actual) });
}
