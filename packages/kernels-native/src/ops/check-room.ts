import type { RowGradient } from "@dqrm/core";
import { checkLength } from "@dqrm/core/checks";

/**
 * Checks that the parts of a row gradient have room for as many rows as it claims; a detached one has none.
 *
 * @throws SHAPE when values or slots are too short for the rows
 */
export function checkRoom(op: string, { cols, rows, slots, values }: RowGradient): void {
  checkLength(op, "out.values", values.length, rows.length * cols);
  checkLength(op, "out.slots", slots.length, 2 * rows.length);
}
