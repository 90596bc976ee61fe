import { parseJson } from "@dqrm/core";
import {
  jsonError,
  memberOf,
  readArray,
  readChoice,
  readInteger,
  readObject,
  readString,
  type JsonPlace,
} from "./json-reader.ts";
import { MAX_COLUMNS } from "./limits.ts";

/** Says what a column is for. */
export type ColumnKind = "label" | "numeric" | "categorical" | "multi" | "timestamp" | "ignored";

/** Describes one column of a file. */
export interface ColumnSchema {
  /** As in the header; empty for an unnamed column, which can only be ignored. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** Between the values of a multi-valued cell; only and always for kind multi. */
  readonly separator?: string;
  /** Why the column was given this kind, for people who check an inferred schema. */
  readonly reason?: string;
}

/**
 * Says how the bytes are laid out. criteo: no header, tabs, label, 13 integers, 26 hexadecimal categories; csv: a
 * header, RFC 4180 quoting.
 */
export type FileFormat =
  { readonly kind: "criteo" } | { readonly kind: "csv"; readonly delimiter: "," | "\t" | ";" };

/** Describes the columns of a click log; it is written down as JSON beside a model. */
export interface DatasetSchema {
  readonly version: 1;
  readonly format: FileFormat;
  /** binary: only 0 and 1; round: a number in [0, 1], at least 0.5 counts as 1. */
  readonly labels: "binary" | "round";
  /** Texts that mean "no value", beside the empty one. */
  readonly missing: readonly string[];
  /** In file order. */
  readonly columns: readonly ColumnSchema[];
}

const COLUMN_KINDS = ["label", "numeric", "categorical", "multi", "timestamp", "ignored"] as const;
const DELIMITERS = [",", "\t", ";"] as const;

/** A schema that lists more spellings of "missing" lists values. */
const MAX_MISSING = 64;

/** Number of integer columns of a Criteo line. */
export const CRITEO_INTEGERS = 13;

/** Number of categorical columns of a Criteo line. */
export const CRITEO_CATEGORIES = 26;

/** Describes the Criteo click logs: label, I1 to I13, C1 to C26, separated by tabs, without a header. */
export const CRITEO_SCHEMA: DatasetSchema = {
  version: 1,
  format: { kind: "criteo" },
  labels: "binary",
  missing: [],
  columns: [
    { name: "label", kind: "label" },
    ...Array.from({ length: CRITEO_INTEGERS }, (_, i) => ({ name: `I${i + 1}`, kind: "numeric" }) as const),
    ...Array.from(
      { length: CRITEO_CATEGORIES },
      (_, i) => ({ name: `C${i + 1}`, kind: "categorical" }) as const,
    ),
  ],
};

/**
 * Lists the names of the columns of some kinds, in file order.
 *
 * ```ts doctest
 * import { columnNames, CRITEO_SCHEMA } from "@dqrm/data";
 * columnNames(CRITEO_SCHEMA, "numeric").length; // => 13
 * ```
 */
export function columnNames(schema: DatasetSchema, ...kinds: readonly ColumnKind[]): string[] {
  return schema.columns.filter((column) => kinds.includes(column.kind)).map((column) => column.name);
}

function readFormat(place: JsonPlace, value: unknown): FileFormat {
  const members = readObject(place, value, ["kind", "delimiter"]);
  const kind = readChoice(memberOf(place, "kind"), members.get("kind"), ["criteo", "csv"]);
  const delimiter = members.get("delimiter");
  if (kind === "csv")
    return { kind, delimiter: readChoice(memberOf(place, "delimiter"), delimiter, DELIMITERS) };
  if (delimiter !== undefined) throw jsonError(memberOf(place, "delimiter"), "absent for criteo", delimiter);
  return { kind };
}

function readColumn(place: JsonPlace, value: unknown): ColumnSchema {
  const members = readObject(place, value, ["name", "kind", "separator", "reason"]);
  const name = readString(memberOf(place, "name"), members.get("name"));
  const kind = readChoice(memberOf(place, "kind"), members.get("kind"), COLUMN_KINDS);
  const separator = members.get("separator");
  const reason = members.get("reason");
  if (name === "" && kind !== "ignored")
    throw jsonError(memberOf(place, "name"), "a name for a used column", name);
  if ((kind === "multi") !== (typeof separator === "string" && separator.length > 0)) {
    throw jsonError(memberOf(place, "separator"), "a text for kind multi and absent otherwise", separator);
  }
  return {
    name,
    kind,
    ...(separator === undefined ? {} : { separator: readString(memberOf(place, "separator"), separator) }),
    ...(reason === undefined ? {} : { reason: readString(memberOf(place, "reason"), reason) }),
  };
}

function checkColumns(place: JsonPlace, columns: readonly ColumnSchema[]): void {
  const names = new Set<string>();
  columns.forEach(({ name }, i) => {
    if (name !== "" && names.has(name))
      throw jsonError(memberOf(memberOf(place, i), "name"), "a new name", name);
    names.add(name);
  });
  const count = (kind: ColumnKind): number => columns.filter((column) => column.kind === kind).length;
  if (count("label") !== 1) throw jsonError(place, "exactly one column of kind label", count("label"));
  if (count("timestamp") > 1)
    throw jsonError(place, "at most one column of kind timestamp", count("timestamp"));
}

/**
 * Reads a schema out of a value that came from JSON.
 *
 * @throws CONFIG naming the place of the first unknown key or wrong value
 */
export function readSchema(place: JsonPlace, value: unknown): DatasetSchema {
  const members = readObject(place, value, ["version", "format", "labels", "missing", "columns"]);
  readInteger(memberOf(place, "version"), members.get("version"), [1, 1]);
  const at = memberOf(place, "columns");
  const schema: DatasetSchema = {
    version: 1,
    format: readFormat(memberOf(place, "format"), members.get("format")),
    labels: readChoice(memberOf(place, "labels"), members.get("labels"), ["binary", "round"]),
    missing: readArray(memberOf(place, "missing"), members.get("missing"), MAX_MISSING, readString),
    columns: readArray(at, members.get("columns"), MAX_COLUMNS, readColumn),
  };
  checkColumns(at, schema.columns);
  if (schema.format.kind === "criteo") {
    const kinds = (columns: readonly ColumnSchema[]): string => columns.map((column) => column.kind).join();
    if (kinds(schema.columns) !== kinds(CRITEO_SCHEMA.columns)) {
      throw jsonError(at, "label, 13 numeric and 26 categorical columns for criteo", schema.columns.length);
    }
  }
  return schema;
}

/**
 * Parses a schema that was written down as JSON.
 *
 * @throws CONFIG naming the file and the path of an unknown key, a wrong value or a forbidden name
 *
 * ```ts doctest
 * import { CRITEO_SCHEMA, parseSchema } from "@dqrm/data";
 * parseSchema("schema.json", JSON.stringify(CRITEO_SCHEMA)).columns.length; // => 40
 * ```
 */
export function parseSchema(source: string, text: string): DatasetSchema {
  return readSchema({ source, path: "" }, parseJson(source, text));
}
