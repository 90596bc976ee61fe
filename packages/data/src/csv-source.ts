import { DqrmError } from "@dqrm/core";
import { checkInteger } from "./check.ts";
import { MAX_FILES } from "./criteo-source.ts";
import { CsvColumns } from "./csv-columns.ts";
import { createCsvParser, type CsvParser, type RecordSink } from "./csv-parser.ts";
import type { DatasetSchema } from "./schema.ts";
import { badLine, CHUNK_ROWS, refuseOrReport, type ByteInput, type DataSource } from "./source.ts";
import type { ReadOptions, RowChunk } from "./source.ts";

/** Reads one file: its first record is the header, the others become rows. */
class CsvReader {
  readonly #file: string;
  readonly #schema: DatasetSchema;
  readonly #options: ReadOptions;
  readonly parser: CsvParser;
  columns: CsvColumns | undefined;

  constructor(file: string, schema: DatasetSchema, options: ReadOptions) {
    const { format } = schema;
    if (format.kind !== "csv") {
      const details = { source: file, path: "format.kind", expected: "csv", actual: format.kind };
      throw new DqrmError("CONFIG", details);
    }
    this.#file = file;
    this.#schema = schema;
    this.#options = options;
    const sink: RecordSink = (fields, line) => {
      this.#record(fields, line);
    };
    // A bad header leaves nothing to read; only the records after it may be skipped.
    const onBadLine: ReadOptions["onBadLine"] = (error) => {
      if (this.columns === undefined) throw error;
      refuseOrReport(error, options.onBadLine);
    };
    this.parser = createCsvParser({ file, delimiter: format.delimiter, onBadLine }, sink);
  }

  get full(): boolean {
    return this.columns?.size === CHUNK_ROWS;
  }

  #record(fields: readonly string[], line: number): void {
    if (this.columns === undefined) {
      this.columns = new CsvColumns(this.#file, this.#schema, fields, this.#options.labels);
      return;
    }
    const error = this.columns.add(fields, line);
    if (error !== undefined) refuseOrReport(error, this.#options.onBadLine);
  }
}

async function* csvRows(
  inputs: readonly ByteInput[],
  schema: DatasetSchema,
  options: ReadOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowChunk, void, undefined> {
  let firstRow = 0;
  for (const [section, input] of inputs.entries()) {
    const reader = new CsvReader(input.name, schema, options);
    const before = firstRow;
    for await (const bytes of input.open(signal)) {
      signal?.throwIfAborted();
      for (let at = 0; at < bytes.length;) {
        at = reader.parser.push(bytes, at);
        if (!reader.full || reader.columns === undefined) continue;
        const chunk = reader.columns.take(firstRow, section);
        firstRow += chunk.size;
        yield chunk;
      }
    }
    reader.parser.finish();
    const place = { file: input.name, line: 1, column: 0 };
    if (reader.columns === undefined) throw badLine(place, "a header", "an empty file");
    const rest = reader.columns.take(firstRow, section);
    firstRow += rest.size;
    if (rest.size > 0) yield rest;
    else if (firstRow === before)
      throw badLine({ ...place, line: 2 }, "a usable record after the header", "none");
  }
}

/**
 * Creates a source over CSV files with a header, in any form that gives bytes; each file becomes a section.
 *
 * @throws VALUE when there is no file
 * @cost one chunk of rows and what the inputs buffer, whatever the length of the files
 *
 * ```ts doctest
 * import { csvRowsSource, inferSchema } from "@dqrm/data";
 * const text = "click,shop,price\n1,a,2.5\n0,b,3.5\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const schema = await inferSchema(input, {});
 * const prices = [];
 * for await (const chunk of csvRowsSource([input], schema).rows()) {
 *   prices.push(...chunk.numeric.subarray(0, chunk.size));
 * }
 * prices; // => [2.5, 3.5]
 * ```
 */
export function csvRowsSource(
  inputs: readonly ByteInput[],
  schema: DatasetSchema,
  options: ReadOptions = {},
): DataSource {
  checkInteger("csvRowsSource", "number of files", inputs.length, [1, MAX_FILES]);
  return {
    name: inputs.map((input) => input.name).join(", "),
    schema,
    rows: (pass) => csvRows(inputs, schema, options, pass?.signal),
  };
}
