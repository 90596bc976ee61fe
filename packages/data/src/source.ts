import { DqrmError } from "@dqrm/core";
import type { DatasetSchema } from "./schema.ts";

/**
 * Holds the values of one categorical column of a chunk.
 *
 * codes: one integer in [0, 2^32) a row, -1 where it is missing; text: one text a row, empty where it is missing, or
 * with offsets any number of texts a row.
 *
 * @shape values [size], or with offsets i32[size + 1]: values [offsets[size]]
 */
export type CategoryValues =
  | { readonly kind: "codes"; readonly values: Float64Array }
  | { readonly kind: "text"; readonly values: readonly string[]; readonly offsets?: Int32Array };

/**
 * Holds some consecutive rows of a source, before any preprocessing. Arrays may be longer than `size` needs, and are
 * reused by the next chunk.
 */
export interface RowChunk {
  readonly size: number;
  /** Number of the first row among the usable rows of the pass, over all files. */
  readonly firstRow: number;
  /** The file that the rows come from, and its number. */
  readonly file: string;
  readonly section: number;
  /** @shape lines f64[size]: the line where each row begins, from 1 */
  readonly lines: Float64Array;
  /** @shape labels f64[size], 0 or 1 */
  readonly labels: Float64Array;
  /** @shape numeric f64[size × numeric columns], NaN where a value is missing */
  readonly numeric: Float64Array;
  /** @units seconds since 1970, or whatever number the column holds */
  readonly timestamps?: Float64Array;
  /** One for each categorical or multi-valued column, in file order. */
  readonly categories: readonly CategoryValues[];
}

/** Sets what one pass over a source may be told. */
export interface PassOptions {
  readonly signal?: AbortSignal;
}

/**
 * Gives the rows of a click log. Every call of `rows` is a new pass that gives the same rows in the same order;
 * memory stays bounded because the next chunk is read only when it is asked for.
 */
export interface DataSource {
  readonly name: string;
  readonly schema: DatasetSchema;
  /**
   * @throws DATA naming file, line and column of a bad line; FORMAT when a compressed file is truncated or corrupt;
   *   IO when a file cannot be read
   */
  rows(options?: PassOptions): AsyncIterable<RowChunk>;
}

/** Opens the bytes of one file, from its start, as often as it is asked. */
export interface ByteInput {
  readonly name: string;
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Receives each line that was left out, so that no line is lost in silence. */
export type SkipReport = (error: DqrmError<"DATA">) => void;

/** Sets how a source reads its files. */
export interface ReadOptions {
  /** refuse: the first bad line ends the pass; a function: the line is left out and reported. refuse when absent. */
  readonly onBadLine?: "refuse" | SkipReport;
  /**
   * required: every row must have one; absent: the files to predict have none, or it is not read, and every label is
   * 0; detect: by the header, or by the number of fields of the first Criteo line. required when absent.
   */
  readonly labels?: "required" | "absent" | "detect";
}

/** A pass hands out this many rows at a time: enough to make its cost per row small, few enough to stay in cache. */
export const CHUNK_ROWS = 2048;

/** No line of a click log comes near this; a longer one is a binary file or lacks its line ends. */
export const MAX_LINE_BYTES: number = 1 << 20;

/** Tells where in its input a parser stands, for messages. */
export interface LinePlace {
  readonly file: string;
  readonly line: number;
  /** From 1; 0 means the whole line. */
  readonly column: number;
}

/** Creates the error for a line that cannot be used. */
export function badLine(place: LinePlace, expected: string, actual: string): DqrmError<"DATA"> {
  const { file, line, column } = place;
  return new DqrmError("DATA", { source: file, line, column, expected, actual });
}

/** Throws the error of a bad line, or reports it where lines may be skipped. */
export function refuseOrReport(error: DqrmError<"DATA">, policy: ReadOptions["onBadLine"]): void {
  if (policy === undefined || policy === "refuse") throw error;
  policy(error);
}
