import { DqrmError } from "@dqrm/core";
import { addCell, createColumnStatistics, separatorOf, type ColumnStatistics } from "./column-statistics.ts";
import { checkHeader } from "./csv-header.ts";
import { createCsvParser, type CsvParser } from "./csv-parser.ts";
import type { ColumnSchema, DatasetSchema } from "./schema.ts";
import { badLine, refuseOrReport, type ByteInput, type ReadOptions } from "./source.ts";

/** Sets how a schema is inferred. */
export interface InferOptions {
  /** The label's column; without it, the one column with a usual name and only 0 and 1. */
  readonly label?: string;
  /** By the first line when absent: a tab, a semicolon or else a comma. */
  readonly delimiter?: "," | "\t" | ";";
  /** Texts that mean "no value" beside the empty one; none when absent. */
  readonly missing?: readonly string[];
  /** Rows to look at; 10 000 when absent. */
  readonly rows?: number;
  /** What happens to a record that is malformed, as in {@link ReadOptions}; a bad header is always an error. */
  readonly onBadLine?: ReadOptions["onBadLine"];
  readonly signal?: AbortSignal;
}

/** Names that click logs give their label, the likeliest first. */
const LABEL_NAMES = ["label", "click", "clicked", "is_click", "target", "y", "conversion", "income", "class"];

/** Names whose whole numbers are identifiers rather than amounts. */
const IDENTIFIER = /(?:^|[_\-. ])(?:id|ids|code|zip|zipcode|position|hour|weekday|dow)$/i;

/** Names whose whole numbers are times. */
const TIME = /^(?:timestamp|time|datetime|event_time)$/i;

/** A column of whole numbers with no more values than this is a code; more are an amount. */
const MAX_CODE_VALUES = 12;

/** With fewer rows, a value for each row is no sign of an identifier. */
const MIN_ROWS_FOR_IDENTIFIER = 100;

const DEFAULT_ROWS = 10_000;

function inferColumn(column: ColumnStatistics): ColumnSchema {
  const { name, present, distinct } = column;
  const all = (count: number): boolean => count === present;
  if (name === "") return { name, kind: "ignored", reason: "no name in the header, such as a row number" };
  if (present === 0) return { name, kind: "ignored", reason: "no value in the rows that were looked at" };
  if (all(column.times) || (all(column.integers) && TIME.test(name))) {
    return { name, kind: "timestamp", reason: "values are times" };
  }
  if (all(column.numbers)) {
    if (!all(column.integers)) return { name, kind: "numeric", reason: "values are decimal numbers" };
    if (IDENTIFIER.test(name))
      return { name, kind: "categorical", reason: "whole numbers under the name of a code" };
    if (distinct.size > MAX_CODE_VALUES) return { name, kind: "numeric", reason: "values are whole numbers" };
    return { name, kind: "categorical", reason: `only ${distinct.size} whole numbers` };
  }
  const separator = separatorOf(column);
  if (separator !== undefined) {
    return {
      name,
      kind: "multi",
      separator,
      reason: `cells hold values separated by ${JSON.stringify(separator)}`,
    };
  }
  if (present >= MIN_ROWS_FOR_IDENTIFIER && distinct.size > 0.95 * present) {
    return { name, kind: "ignored", reason: `nearly every value is new (${distinct.size} of ${present})` };
  }
  return { name, kind: "categorical", reason: `${distinct.size} texts in ${present} values` };
}

function findLabel(file: string, columns: readonly ColumnStatistics[], wanted: string | undefined): string {
  if (wanted !== undefined) {
    if (wanted !== "" && columns.some(({ name }) => name === wanted)) return wanted;
    const expected = `one of ${columns.map(({ name }) => name).join(", ")}`;
    throw new DqrmError("CONFIG", { source: file, path: "label", expected, actual: JSON.stringify(wanted) });
  }
  const binary = columns.filter((column) => column.present > 0 && column.binary === column.present);
  const label = LABEL_NAMES.find((name) => binary.some((column) => column.name.toLowerCase() === name));
  const found = binary.find((column) => column.name.toLowerCase() === label);
  if (found !== undefined) return found.name;
  const actual =
    binary.length === 0 ? "no column of 0 and 1" : `none; ${binary.map(({ name }) => name).join(", ")}`;
  const expected = `the name of the label column, or one of ${LABEL_NAMES.join(", ")} holding 0 and 1`;
  throw new DqrmError("CONFIG", { source: file, path: "label", expected, actual });
}

function guessDelimiter(bytes: Uint8Array): "," | "\t" | ";" {
  const end = bytes.indexOf(10);
  const line = bytes.subarray(0, end < 0 ? bytes.length : end);
  const count = (code: number): number => line.filter((byte) => byte === code).length;
  const candidates = ([",", "\t", ";"] as const).map((text) => ({ text, count: count(text.charCodeAt(0)) }));
  return candidates.reduce((best, other) => (other.count > best.count ? other : best)).text;
}

/** Gathers the statistics of the first rows of a file. */
class Survey {
  readonly #file: string;
  readonly #missing: ReadonlySet<string>;
  readonly #onBadLine: ReadOptions["onBadLine"];
  columns: ColumnStatistics[] | undefined;
  rows = 0;

  constructor(file: string, { missing = [], onBadLine }: InferOptions) {
    this.#file = file;
    this.#missing = new Set(["", ...missing]);
    this.#onBadLine = onBadLine;
  }

  /** A bad header leaves nothing to survey; only the records after it may be skipped. */
  refuse(error: DqrmError<"DATA">): void {
    if (this.columns === undefined) throw error;
    refuseOrReport(error, this.#onBadLine);
  }

  add(fields: readonly string[], line: number): void {
    if (this.columns === undefined) {
      checkHeader(this.#file, fields);
      this.columns = fields.map(createColumnStatistics);
      return;
    }
    if (fields.length !== this.columns.length) {
      const expected = `${this.columns.length} fields, as in the header`;
      this.refuse(badLine({ file: this.#file, line, column: 0 }, expected, String(fields.length)));
      return;
    }
    this.columns.forEach((column, i) => {
      addCell(column, fields[i], this.#missing.has(fields[i]));
    });
    this.rows++;
  }
}

function surveyParser(file: string, delimiter: "," | "\t" | ";", survey: Survey): CsvParser {
  const onBadLine = (error: DqrmError<"DATA">): void => {
    survey.refuse(error);
  };
  return createCsvParser({ file, delimiter, onBadLine }, (fields, line) => {
    survey.add(fields, line);
  });
}

/**
 * Infers the schema of a CSV file from its header and first rows; each column says why it got its kind.
 *
 * @throws CONFIG when the label cannot be told; DATA when the header or a row is malformed
 * @cost reads the first rows only
 *
 * ```ts doctest
 * import { inferSchema } from "@dqrm/data";
 * const text = ",click,shop,price\n0,1,a,2.5\n1,0,b,3.5\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * (await inferSchema(input, {})).columns.map((column) => column.kind);
 * // => ["ignored", "label", "categorical", "numeric"]
 * ```
 */
export async function inferSchema(input: ByteInput, options: InferOptions): Promise<DatasetSchema> {
  const survey = new Survey(input.name, options);
  const wantedRows = options.rows ?? DEFAULT_ROWS;
  let delimiter = options.delimiter;
  let parser: CsvParser | undefined;
  reading: for await (const bytes of input.open(options.signal)) {
    if (bytes.length === 0) continue;
    delimiter ??= guessDelimiter(bytes);
    parser ??= surveyParser(input.name, delimiter, survey);
    for (let at = 0; at < bytes.length;) {
      at = parser.push(bytes, at);
      if (survey.rows >= wantedRows) break reading;
    }
  }
  if (survey.rows < wantedRows) parser?.finish();
  const { columns } = survey;
  const place = { file: input.name, line: 1, column: 0 };
  if (columns === undefined || delimiter === undefined) throw badLine(place, "a header", "an empty file");
  if (survey.rows === 0) throw badLine({ ...place, line: 2 }, "a record after the header", "none");
  const label = findLabel(input.name, columns, options.label);
  return {
    version: 1,
    format: { kind: "csv", delimiter },
    labels: "binary",
    missing: options.missing ?? [],
    columns: columns.map((column) =>
      column.name === label ? { name: label, kind: "label" } : inferColumn(column),
    ),
  };
}
