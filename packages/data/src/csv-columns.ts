import { parseNumber, parseTime } from "./cell-values.ts";
import { matchHeader, type HeaderColumn } from "./csv-header.ts";
import {
  badLine,
  CHUNK_ROWS,
  type CategoryValues,
  type LinePlace,
  type ReadOptions,
  type RowChunk,
} from "./source.ts";
import type { DqrmError } from "@dqrm/core";
import type { DatasetSchema } from "./schema.ts";

/** A cell with more values than this is a mistaken separator. */
const MAX_CELL_VALUES = 1 << 16;

interface CategoryColumn {
  readonly values: string[];
  readonly offsets: Int32Array | undefined;
}

/** Collects records of one file as a chunk of rows, by the columns of a schema. */
export class CsvColumns {
  readonly #columns: readonly HeaderColumn[];
  readonly #schema: DatasetSchema;
  readonly #missing: ReadonlySet<string>;
  readonly #categories: readonly CategoryColumn[];
  readonly #labels = new Float64Array(CHUNK_ROWS);
  readonly #lines = new Float64Array(CHUNK_ROWS);
  readonly #timestamps: Float64Array | undefined;
  readonly #numericColumns: number;
  readonly #numeric: Float64Array;
  readonly #file: string;
  #size = 0;

  /**
   * @throws DATA when the header lacks a column of the schema or has one that the schema does not know
   */
  constructor(file: string, schema: DatasetSchema, header: readonly string[], labels: ReadOptions["labels"]) {
    this.#file = file;
    this.#schema = schema;
    this.#columns = matchHeader(file, schema, header, labels ?? "required");
    this.#missing = new Set(["", ...schema.missing]);
    const used = schema.columns.filter(({ kind }) => kind === "categorical" || kind === "multi");
    this.#categories = used.map(({ kind }) => ({
      values: [],
      offsets: kind === "multi" ? new Int32Array(CHUNK_ROWS + 1) : undefined,
    }));
    this.#numericColumns = schema.columns.filter(({ kind }) => kind === "numeric").length;
    this.#numeric = new Float64Array(CHUNK_ROWS * this.#numericColumns);
    const timed = this.#columns.some(({ column }) => column.kind === "timestamp");
    this.#timestamps = timed ? new Float64Array(CHUNK_ROWS) : undefined;
  }

  /** How many rows it holds. */
  get size(): number {
    return this.#size;
  }

  /** Adds one record, or gives back the error for it and adds nothing. */
  add(fields: readonly string[], line: number): DqrmError<"DATA"> | undefined {
    const place = { file: this.#file, line, column: 0 };
    if (fields.length !== this.#columns.length) {
      return badLine(place, `${this.#columns.length} fields, as in the header`, String(fields.length));
    }
    const lengths = this.#categories.map(({ values }) => values.length);
    for (let i = 0; i < fields.length; i++) {
      const error = this.#cell(fields[i], i, { ...place, column: i + 1 });
      if (error === undefined) continue;
      this.#categories.forEach(({ values }, c) => (values.length = lengths[c]));
      return error;
    }
    this.#lines[this.#size++] = line;
    return undefined;
  }

  /** Hands out the rows; the arrays are reused by the rows that follow. */
  take(firstRow: number, section: number): RowChunk {
    const size = this.#size;
    this.#size = 0;
    const categories = this.#categories.map(({ values, offsets }): CategoryValues => {
      const taken = values.splice(0, values.length);
      return offsets === undefined
        ? { kind: "text", values: taken }
        : { kind: "text", values: taken, offsets: offsets.slice(0, size + 1) };
    });
    return {
      size,
      firstRow,
      file: this.#file,
      section,
      lines: this.#lines,
      labels: this.#labels,
      numeric: this.#numeric,
      ...(this.#timestamps === undefined ? {} : { timestamps: this.#timestamps }),
      categories,
    };
  }

  #cell(text: string, position: number, place: LinePlace): DqrmError<"DATA"> | undefined {
    const { column, slot } = this.#columns[position];
    if (column.kind === "ignored") return undefined;
    if (column.kind === "label") return this.#label(text, place);
    const missing = this.#missing.has(text);
    if (column.kind === "categorical" || column.kind === "multi") {
      return this.#category(missing ? "" : text, this.#columns[position], place);
    }
    const value = column.kind === "numeric" ? parseNumber(text) : parseTime(text);
    const expected =
      column.kind === "numeric" ? "a finite number or nothing" : "a time such as 2019-11-24T00:03:13Z";
    if (column.kind === "timestamp") {
      if (!Number.isFinite(value)) return badLine(place, expected, JSON.stringify(text.slice(0, 80)));
      if (this.#timestamps !== undefined) this.#timestamps[this.#size] = value;
      return undefined;
    }
    if (!missing && !Number.isFinite(value))
      return badLine(place, expected, JSON.stringify(text.slice(0, 80)));
    this.#numeric[this.#size * this.#numericColumns + slot] = missing ? Number.NaN : value;
    return undefined;
  }

  #label(text: string, place: LinePlace): DqrmError<"DATA"> | undefined {
    const value = parseNumber(text);
    const round = this.#schema.labels === "round";
    if (round ? !(value >= 0 && value <= 1) : value !== 0 && value !== 1) {
      const expected = round ? "a label from 0 to 1" : "a label, 0 or 1";
      return badLine(place, expected, JSON.stringify(text.slice(0, 80)));
    }
    this.#labels[this.#size] = value >= 0.5 ? 1 : 0;
    return undefined;
  }

  #category(text: string, { column, slot }: HeaderColumn, place: LinePlace): DqrmError<"DATA"> | undefined {
    const { values, offsets } = this.#categories[slot];
    if (offsets === undefined) {
      values.push(text);
      return undefined;
    }
    const parts = text === "" ? [] : text.split(column.separator ?? "|").filter((part) => part !== "");
    if (parts.length > MAX_CELL_VALUES)
      return badLine(place, `at most ${MAX_CELL_VALUES} values`, String(parts.length));
    for (const part of parts) values.push(part);
    offsets[this.#size + 1] = values.length;
    return undefined;
  }
}
