import { readFile } from "node:fs/promises";
import { DqrmError, MAX_ROWS, parseJson } from "@dqrm/core";
import type { TableDemand } from "@dqrm/dlrm";
import { readFailure } from "../pipeline/read-failure.ts";

/**
 * Reads a file of tables: a list of row counts, a list of `{ "name", "rows", "lookups" }` of which only rows is needed, or an
 * object with such a list as `tables`, as `dqrm inspect --json` prints it.
 *
 * @throws IO when the file cannot be read; CONFIG naming what is wrong in it
 */
export async function readTables(path: string): Promise<readonly TableDemand[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw readFailure(path, "a file of tables", cause);
  });
  const value = parseJson(path, text);
  const list: unknown = isRecord(value) ? value["tables"] : value;
  if (!Array.isArray(list) || list.length === 0) {
    throw wrong(path, "tables", "a list of tables, each a row count or an object with rows", list);
  }
  return list.map((entry: unknown, t) => readTable(path, entry, t));
}

function readTable(path: string, entry: unknown, t: number): TableDemand {
  const place = `tables.${t}`;
  const { lookups = 1, name = `table-${t}`, rows } = isRecord(entry) ? entry : { rows: entry };
  if (typeof rows !== "number" || !Number.isInteger(rows) || rows < 1 || rows > MAX_ROWS) {
    throw wrong(path, `${place}.rows`, `an integer in [1, ${MAX_ROWS}]`, rows);
  }
  if (typeof name !== "string") throw wrong(path, `${place}.name`, "text", name);
  if (typeof lookups !== "number" || !(lookups > 0)) {
    throw wrong(path, `${place}.lookups`, "rows that a sample looks up, above 0", lookups);
  }
  return { name, rows, lookups };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(source: string, path: string, expected: string, actual: unknown): DqrmError<"CONFIG"> {
  const text = actual === undefined ? "missing" : JSON.stringify(actual);
  return new DqrmError("CONFIG", { source, path, expected, actual: text.slice(0, 80) });
}
