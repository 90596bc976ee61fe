import { DqrmError, reserveRowGradient, type RowGradient } from "@dqrm/core";
import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { Stage } from "../runtime/stage.ts";
import type { TrainingExports } from "../training.generated.ts";
import type { Factory, Host } from "./host.ts";

/** Serves the sum of row gradients by row. */
export function serveCoalesceRows({ exports, stage }: Host<TrainingExports>): Factory<"coalesceRows"> {
  return function prepareCoalesceRows({ cols }) {
    checkSize("coalesceRows", "cols", cols);
    return function coalesceRows(rows, values, count, out) {
      checkPart("coalesceRows", 0, count);
      checkLength("coalesceRows", "rows", rows.length, count);
      checkLength("coalesceRows", "values", values.length, count * cols);
      openGradient("coalesceRows", out, cols, count);
      stage.open();
      const outRows = stage.room(out.rows, 0, count);
      const outValues = stage.room(out.values, 0, count * cols);
      const slots = slotCount(count);
      const places = exports.coalesceRows(
        stage.read(rows, 0, count),
        stage.read(values, 0, count * cols),
        count,
        cols,
        outRows,
        outValues,
        takeSlots(stage, slots),
        slots - 1,
      );
      giveGradient(stage, out, places, outRows, outValues);
    };
  };
}

/**
 * Empties a gradient and makes room for as many as `terms` distinct rows.
 *
 * @throws SHAPE when it holds rows of another width
 */
export function openGradient(op: string, out: RowGradient, cols: number, terms: number): void {
  if (out.cols !== cols) throw new DqrmError("SHAPE", { op, what: "out", expected: cols, actual: out.cols });
  reserveRowGradient(out, terms);
  out.count = 0;
}

/** Gives `count` rows back to a gradient. */
export function giveGradient(
  stage: Stage,
  out: RowGradient,
  count: number,
  rows: number,
  values: number,
): void {
  out.count = count;
  stage.give(out.rows, 0, count, rows);
  stage.give(out.values, 0, count * out.cols, values);
}

/** Counts the slots of a hash table for so many rows: a power of two, at most half of it in use. */
export function slotCount(terms: number): number {
  return terms < 2 ? 2 : 2 ** (33 - Math.clz32(terms - 1));
}

/** Takes slots that are all free. */
export function takeSlots(stage: Stage, slots: number): number {
  const pointer = stage.take(4 * slots);
  stage.integers.fill(0, pointer / 4, pointer / 4 + slots);
  return pointer;
}
