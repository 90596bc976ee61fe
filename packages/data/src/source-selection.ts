import { uniformAt } from "@dqrm/core";
import { checkInteger, checkNumber } from "./check.ts";
import type { CategoryValues, DataSource, RowChunk } from "./source.ts";

function selectCategories(values: CategoryValues, rows: Int32Array): CategoryValues {
  if (values.kind === "codes")
    return { kind: "codes", values: Float64Array.from(rows, (row) => values.values[row]) };
  const { offsets } = values;
  if (offsets === undefined) return { kind: "text", values: Array.from(rows, (row) => values.values[row]) };
  const kept = new Int32Array(rows.length + 1);
  const texts: string[] = [];
  rows.forEach((row, i) => {
    for (let p = offsets[row]; p < offsets[row + 1]; p++) texts.push(values.values[p]);
    kept[i + 1] = texts.length;
  });
  return { kind: "text", values: texts, offsets: kept };
}

/** Copies some rows of a chunk, by rising number, under a new place in the pass. */
function selectRows(
  chunk: RowChunk,
  rows: Int32Array,
  place: { readonly firstRow: number; readonly section: number },
): RowChunk {
  const width = chunk.size === 0 ? 0 : Math.floor(chunk.numeric.length / chunk.lines.length);
  const numeric = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    numeric.set(chunk.numeric.subarray(row * width, (row + 1) * width), i * width);
  });
  const { timestamps } = chunk;
  return {
    ...place,
    size: rows.length,
    file: chunk.file,
    lines: Float64Array.from(rows, (row) => chunk.lines[row]),
    labels: Float64Array.from(rows, (row) => chunk.labels[row]),
    numeric,
    ...(timestamps === undefined ? {} : { timestamps: Float64Array.from(rows, (row) => timestamps[row]) }),
    categories: chunk.categories.map((values) => selectCategories(values, rows)),
  };
}

/** Sets which negative samples are left out. */
export interface DropNegatives {
  /** Each negative row is dropped with this probability. */
  readonly rate: number;
  readonly seed: number;
  /** Tells the rows that may be dropped, by number; all when absent, as in facebookresearch/dlrm. */
  readonly among?: (row: number) => boolean;
}

/** The stream of the draws, one for each row of the source. */
const DROP_STREAM = 0x4452_0000;

/**
 * Leaves out part of the negative rows of a source, the same ones in every pass; the rows that stay are numbered anew.
 *
 * @throws VALUE when the rate is not in [0, 1]
 * @source facebookresearch/dlrm `--data-sub-sample-rate`: a negative goes when u < rate
 *
 * ```ts doctest
 * import { countRows, csvRowsSource, dropNegatives, inferSchema } from "@dqrm/data";
 * const text = "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const source = csvRowsSource([input], await inferSchema(input, {}));
 * (await countRows(dropNegatives(source, { rate: 1, seed: 0 }))).rows; // => 1
 * ```
 */
export function dropNegatives(source: DataSource, options: DropNegatives): DataSource {
  const rate = checkNumber("dropNegatives", "rate", options.rate, [0, 1]);
  const key = { seed: options.seed, stream: DROP_STREAM };
  return {
    name: source.name,
    schema: source.schema,
    async *rows(pass) {
      let firstRow = 0;
      for await (const chunk of source.rows(pass)) {
        const kept = Int32Array.from({ length: chunk.size }, (_, row) => row).filter((row) => {
          const number = chunk.firstRow + row;
          if (chunk.labels[row] !== 0 || options.among?.(number) === false) return true;
          return uniformAt(key, number) >= rate;
        });
        if (kept.length > 0) yield selectRows(chunk, kept, { firstRow, section: chunk.section });
        firstRow += kept.length;
      }
    },
  };
}

/**
 * Divides the rows of a source into sections of given lengths, such as the days of one file; rows beyond them belong
 * to the last one.
 *
 * @throws VALUE when a length is no whole number
 *
 * ```ts doctest
 * import { countRows, csvRowsSource, inferSchema, inSections } from "@dqrm/data";
 * const text = "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const source = csvRowsSource([input], await inferSchema(input, {}));
 * [...(await countRows(inSections(source, [1, 2]))).sections]; // => [1, 2]
 * ```
 */
export function inSections(source: DataSource, lengths: readonly number[]): DataSource {
  for (const length of lengths) checkInteger("inSections", "lengths", length, [0, Number.MAX_SAFE_INTEGER]);
  return {
    name: source.name,
    schema: source.schema,
    async *rows(pass) {
      let section = 0;
      let end = lengths[0] ?? 0;
      for await (const chunk of source.rows(pass)) {
        for (let row = 0; row < chunk.size;) {
          while (section < lengths.length - 1 && chunk.firstRow + row >= end) end += lengths[++section];
          const last = section >= lengths.length - 1;
          const size = Math.min(chunk.size, last ? chunk.size : end - chunk.firstRow) - row;
          const from = row;
          const rows = Int32Array.from({ length: size }, (_, i) => from + i);
          yield selectRows(chunk, rows, { firstRow: chunk.firstRow + row, section });
          row += size;
        }
      }
    },
  };
}
