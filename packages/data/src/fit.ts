import { DqrmError } from "@dqrm/core";
import { checkInteger } from "./check.ts";
import { DenseFit, type DenseOptions } from "./dense-fit.ts";
import { createFeatureFit, type CategoryOptions } from "./feature-fit.ts";
import { MAX_TABLE_ROWS } from "./limits.ts";
import type { Preprocessing } from "./preprocessing.ts";
import { columnNames, type DatasetSchema } from "./schema.ts";
import type { DataSource } from "./source.ts";

/** Sets how preprocessing is fitted. */
export interface FitOptions {
  readonly dense: DenseOptions;
  readonly categories: CategoryOptions;
  /** Other settings for some categorical columns, by name. */
  readonly columns?: Readonly<Record<string, CategoryOptions>>;
  /** Tells the samples to learn from, by number; all when absent. See `trainingSamples`. */
  readonly training?: (sample: number) => boolean;
  readonly signal?: AbortSignal;
}

/** Fits as facebookresearch/dlrm does: log1p with missing as 0, and a dictionary of everything, in file order. */
export const DLRM_FIT: FitOptions = {
  dense: { transform: "log1p", standardize: false, missingFlags: false },
  categories: {
    kind: "vocabulary",
    minCount: 1,
    hashRows: 0,
    maxIndexRange: 0,
    unknown: "refuse",
    missing: "zero",
  },
};

/** Fits as measurements on real logs recommend: standardised log1p with missing flags, values seen 10 times. */
export const RECOMMENDED_FIT: FitOptions = {
  dense: { transform: "log1p", standardize: true, missingFlags: true },
  categories: { kind: "vocabulary", minCount: 10, hashRows: 0, maxIndexRange: 0 },
};

function checkCategories(schema: DatasetSchema, column: string, options: CategoryOptions): CategoryOptions {
  const op = `fitPreprocessing, column ${column}`;
  checkInteger(op, "maxIndexRange", options.maxIndexRange, [0, MAX_TABLE_ROWS]);
  if (options.kind === "vocabulary") checkInteger(op, "minCount", options.minCount, [1, 2 ** 32 - 1]);
  checkInteger(op, "maxValues", options.maxValues ?? 1, [1, MAX_TABLE_ROWS]);
  if (options.kind === "hash") checkInteger(op, "hashRows", options.hashRows, [1, MAX_TABLE_ROWS]);
  if (options.kind === "modulo") {
    checkInteger(op, "maxIndexRange", options.maxIndexRange, [1, MAX_TABLE_ROWS]);
    if (schema.format.kind !== "criteo") {
      const details = { op, what: "kind", expected: "vocabulary or hash for texts", actual: "modulo" };
      throw new DqrmError("VALUE", details);
    }
  }
  // A modulo has no meaning for texts; written down as 0 it cannot be mistaken for one that was applied.
  return schema.format.kind === "criteo" ? options : { ...options, maxIndexRange: 0 };
}

/**
 * Learns from a source how its rows become samples: means and deviations, and the values of each category.
 *
 * @throws VALUE when an option is out of range or names no column; whatever the source throws
 * @cost one pass; memory of the distinct values
 *
 * ```ts doctest
 * import { csvRowsSource, featureRows, fitPreprocessing, inferSchema, RECOMMENDED_FIT } from "@dqrm/data";
 * const text = "click,shop\n1,a\n0,b\n0,a\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const source = csvRowsSource([input], await inferSchema(input, {}));
 * const categories = { ...RECOMMENDED_FIT.categories, minCount: 2 };
 * const { features } = await fitPreprocessing(source, { ...RECOMMENDED_FIT, categories });
 * featureRows(features[0]); // => 2
 * ```
 */
export async function fitPreprocessing(source: DataSource, options: FitOptions): Promise<Preprocessing> {
  const { schema } = source;
  const names = columnNames(schema, "categorical", "multi");
  for (const column of Object.keys(options.columns ?? {})) {
    if (names.includes(column)) continue;
    const details = { op: "fitPreprocessing", what: "columns", expected: names.join(", "), actual: column };
    throw new DqrmError("VALUE", details);
  }
  const dense = columnNames(schema, "numeric").map((column) => new DenseFit(column));
  const own = new Map(Object.entries(options.columns ?? {}));
  const features = names.map((column) =>
    createFeatureFit(column, checkCategories(schema, column, own.get(column) ?? options.categories)),
  );
  for await (const chunk of source.rows(options.signal === undefined ? {} : { signal: options.signal })) {
    for (let row = 0; row < chunk.size; row++) {
      if (options.training?.(chunk.firstRow + row) === false) continue;
      for (let d = 0; d < dense.length; d++) dense[d].add(chunk.numeric[row * dense.length + d]);
      for (let f = 0; f < features.length; f++) features[f].add(chunk.categories[f], row);
    }
  }
  return {
    version: 1,
    schema,
    dense: dense.map((fit) => fit.finish(options.dense)),
    features: features.map((fit) => fit.finish()),
  };
}
