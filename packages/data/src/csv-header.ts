import type { ColumnSchema, DatasetSchema } from "./schema.ts";
import { badLine, type ReadOptions } from "./source.ts";

/** Says what stands at one position of a file's header. */
export interface HeaderColumn {
  readonly column: ColumnSchema;
  /** Its number among the columns that are stored together: numeric ones, or categorical and multi-valued ones. */
  readonly slot: number;
}

/**
 * Checks that a header has names, each at most once; only unnamed columns may repeat.
 *
 * @throws DATA naming the column of the second use
 */
export function checkHeader(file: string, header: readonly string[]): void {
  const seen = new Map<string, number>();
  header.forEach((name, i) => {
    const earlier = seen.get(name);
    if (earlier !== undefined && name !== "") {
      const actual = `${JSON.stringify(name)} again, as in column ${earlier}`;
      throw badLine({ file, line: 1, column: i + 1 }, "a column name of its own", actual);
    }
    seen.set(name, i + 1);
  });
  if (header.every((name) => name === "")) {
    throw badLine({ file, line: 1, column: 0 }, "a header with column names", "only empty names");
  }
}

/** Numbers the columns by name; of unnamed ones, which are all ignored, the first stands for all. */
function slotsOf(schema: DatasetSchema): ReadonlyMap<string, HeaderColumn> {
  const slots = new Map<string, HeaderColumn>();
  let numeric = 0;
  let categories = 0;
  for (const column of schema.columns) {
    let slot = -1;
    if (column.kind === "numeric") slot = numeric++;
    else if (column.kind === "categorical" || column.kind === "multi") slot = categories++;
    if (!slots.has(column.name)) slots.set(column.name, { column, slot });
  }
  return slots;
}

/**
 * Matches a header with a schema by name: columns may stand in another order, ignored ones may be absent, and
 * so may label and time where labels are not required.
 *
 * @throws DATA when a name is unknown or repeated, or a used column is absent
 */
export function matchHeader(
  file: string,
  schema: DatasetSchema,
  header: readonly string[],
  labels: NonNullable<ReadOptions["labels"]>,
): HeaderColumn[] {
  checkHeader(file, header);
  const present = new Set(header);
  for (const { name, kind } of schema.columns) {
    const outcome = kind === "label" || kind === "timestamp";
    const optional = kind === "ignored" || (outcome && labels !== "required");
    if (optional || present.has(name)) continue;
    throw badLine({ file, line: 1, column: 0 }, `a ${kind} column named ${JSON.stringify(name)}`, "none");
  }
  const slots = slotsOf(schema);
  return header.map((name, i) => {
    const found = slots.get(name);
    if (found === undefined) {
      const names = schema.columns.map((candidate) => candidate.name || '""').join(", ");
      throw badLine({ file, line: 1, column: i + 1 }, `one of ${names}`, JSON.stringify(name));
    }
    const unread = found.column.kind === "label" && labels === "absent";
    return unread ? { column: { name, kind: "ignored" }, slot: -1 } : found;
  });
}
