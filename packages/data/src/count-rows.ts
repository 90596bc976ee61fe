import { addToSections } from "./encode.ts";
import type { DataSource } from "./source.ts";

/** Holds what one pass over a source counted. */
export interface RowCounts {
  readonly rows: number;
  readonly positives: number;
  /** Rows of each section, files or days. */
  readonly sections: readonly number[];
  /** The time of each row, where the schema names a column for it. */
  readonly timestamps?: Float64Array;
}

/**
 * Counts the rows of a source, which a split needs to know before preprocessing is fitted on its training part.
 *
 * @cost one pass; 8 bytes a row where there is a time column
 *
 * ```ts doctest
 * import { countRows, csvRowsSource, inferSchema } from "@dqrm/data";
 * const text = "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const source = csvRowsSource([input], await inferSchema(input, {}));
 * const { positives, rows } = await countRows(source);
 * [rows, positives]; // => [3, 1]
 * ```
 */
export async function countRows(source: DataSource, signal?: AbortSignal): Promise<RowCounts> {
  const sections: number[] = [];
  const times: Float64Array[] = [];
  let rows = 0;
  let positives = 0;
  for await (const chunk of source.rows(signal === undefined ? {} : { signal })) {
    addToSections(sections, chunk.section, chunk.size);
    rows += chunk.size;
    for (let row = 0; row < chunk.size; row++) positives += chunk.labels[row];
    if (chunk.timestamps !== undefined) times.push(chunk.timestamps.slice(0, chunk.size));
  }
  if (times.length === 0) return { rows, positives, sections };
  const timestamps = new Float64Array(rows);
  let at = 0;
  for (const piece of times) {
    timestamps.set(piece, at);
    at += piece.length;
  }
  return { rows, positives, sections, timestamps };
}
