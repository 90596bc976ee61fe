import { BIT_WIDTHS, DqrmError, MAX_COLS, MAX_ROWS } from "@dqrm/core";
import type { PlanOptions, TableDemand } from "./table-plan.ts";

/** A model with more tables is a mistake or an attack. */
const MAX_TABLES = 4096;

/** A sample that looks up more rows of one table is a mistake. */
const MAX_LOOKUPS = 1e6;

/** Beyond this exponent a table is its first row. */
const MAX_ALPHA = 10;

/**
 * Checks the options of a plan before anything is sized by them.
 *
 * @throws VALUE or LIMIT naming what is wrong
 */
export function checkPlanOptions(options: PlanOptions): void {
  const { alpha, blockCols, budgetBytes, cols, tables, widths } = options;
  inLimit("tables", tables.length, "MAX_TABLES", MAX_TABLES);
  if (tables.length === 0) throw refused("tables", "at least one", "none");
  if (widths.length === 0) throw refused("widths", "at least one", "none");
  for (const bits of widths) {
    if (bits !== 32 && !BIT_WIDTHS.includes(bits)) {
      throw refused("widths", `some of ${BIT_WIDTHS.join(", ")}, 32`, bits);
    }
  }
  counted("cols", cols, "MAX_COLS", MAX_COLS);
  for (const table of tables) checkTable(table);
  if (!Number.isInteger(blockCols) || blockCols < 1 || cols % blockCols !== 0) {
    throw refused("blockCols", `a factor of cols = ${cols}`, blockCols);
  }
  if (!(alpha >= 0 && alpha <= MAX_ALPHA)) throw refused("alpha", `a number in [0, ${MAX_ALPHA}]`, alpha);
  if (!(budgetBytes >= 0 && budgetBytes <= Number.MAX_SAFE_INTEGER)) {
    throw refused("budgetBytes", "a count of bytes", budgetBytes);
  }
}

/** Makes the error of a budget that nothing fits into. */
export function tooSmallBudget(budgetBytes: number, leastBytes: number): DqrmError<"VALUE"> {
  return refused("budgetBytes", `at least ${leastBytes}, what the least plan takes`, budgetBytes);
}

function checkTable({ lookups, name, rows }: TableDemand): void {
  counted(`rows of ${name}`, rows, "MAX_ROWS", MAX_ROWS);
  if (!(lookups > 0 && lookups <= MAX_LOOKUPS)) {
    throw refused(`lookups of ${name}`, `a number in (0, ${MAX_LOOKUPS}]`, lookups);
  }
}

function counted(what: string, value: number, limit: string, maximum: number): void {
  if (!Number.isInteger(value) || value < 1) throw refused(what, "an integer of at least 1", value);
  inLimit(what, value, limit, maximum);
}

function inLimit(what: string, actual: number, limit: string, maximum: number): void {
  if (actual > maximum) throw new DqrmError("LIMIT", { what: `planTables ${what}`, limit, maximum, actual });
}

function refused(what: string, expected: string, actual: string | number): DqrmError<"VALUE"> {
  return new DqrmError("VALUE", { op: "planTables", what, expected, actual: String(actual) });
}
