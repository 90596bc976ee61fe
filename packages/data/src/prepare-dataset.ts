import { countRows } from "./count-rows.ts";
import type { DatasetParts, EncodedDataset, SplitSpec } from "./dataset.ts";
import { fitPreprocessing, type FitOptions } from "./fit.ts";
import type { Preprocessing } from "./preprocessing.ts";
import { dropNegatives, inSections, type DropNegatives } from "./source-selection.ts";
import type { DataSource } from "./source.ts";
import { equalDays, splitDataset, trainingSamples } from "./split.ts";

/** Sets how a source becomes training, validation and test samples. */
export interface PrepareOptions {
  readonly split: SplitSpec;
  readonly fit: Omit<FitOptions, "training" | "signal">;
  /** training: nothing is learnt from validation and test rows; all: dictionaries cover them, as in DLRM. */
  readonly fitOn: "training" | "all";
  readonly drop?: Omit<DropNegatives, "among">;
  /** Encodes the rows: `encode` into memory, or `encodeToFile` of @dqrm/data/node. */
  readonly encode: (source: DataSource, preprocessing: Preprocessing) => Promise<EncodedDataset>;
  readonly signal?: AbortSignal;
}

/** Holds prepared data; closing `dataset` closes all parts. */
export interface PreparedDataset {
  readonly dataset: EncodedDataset;
  readonly parts: DatasetParts;
  readonly preprocessing: Preprocessing;
}

/**
 * Counts, fits and encodes a source, and splits the samples.
 *
 * Under a criteo split the files are the days when there are as many of them, and otherwise the rows are cut into
 * equal days, in both cases before negatives are dropped.
 *
 * @throws VALUE when the split does not fit the rows; whatever reading, fitting and encoding throw
 * @cost three passes over the source, four when negatives are dropped
 *
 * ```ts doctest
 * import { csvRowsSource, encode, inferSchema, prepareDataset, RECOMMENDED_FIT } from "@dqrm/data";
 * const text = "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const source = csvRowsSource([input], await inferSchema(input, {}));
 * const { parts } = await prepareDataset(source, {
 *   split: { kind: "given", train: 2, validation: 0, test: 1 },
 *   fit: RECOMMENDED_FIT,
 *   fitOn: "training",
 *   encode: (from, fitted) => encode(from, fitted, { maxMemoryBytes: 2 ** 20 }),
 * });
 * [parts.train.samples, parts.test.samples]; // => [2, 1]
 * ```
 */
export async function prepareDataset(source: DataSource, options: PrepareOptions): Promise<PreparedDataset> {
  const { signal } = options;
  let selected = source;
  let counts = await countRows(source, signal);
  let split = options.split;
  if (split.kind === "criteo") {
    const files = split.counts === undefined && counts.sections.length === split.days;
    const days = split.counts ?? (files ? counts.sections : equalDays(counts.rows, split.days));
    selected = files ? source : inSections(source, days);
    split = { ...split, counts: days };
  }
  if (options.drop !== undefined && options.drop.rate > 0) {
    selected = dropNegatives(selected, options.drop);
    counts = await countRows(selected, signal);
    if (split.kind === "criteo") {
      const days = Array.from({ length: split.days }, (_, day) => counts.sections[day] ?? 0);
      split = { ...split, counts: days };
    }
  }
  const training = options.fitOn === "training" ? { training: trainingSamples(counts, split) } : {};
  const fit: FitOptions = { ...options.fit, ...training, ...(signal === undefined ? {} : { signal }) };
  const preprocessing = await fitPreprocessing(selected, fit);
  const dataset = await options.encode(selected, preprocessing);
  return { dataset, parts: splitDataset(dataset, split), preprocessing };
}
