import { criteoRowsSource } from "../criteo-source.ts";
import { csvRowsSource } from "../csv-source.ts";
import { inferSchema, type InferOptions } from "../infer-schema.ts";
import type { DatasetSchema } from "../schema.ts";
import type { DataSource, ReadOptions } from "../source.ts";
import { fileInput } from "./file-bytes.ts";

/**
 * Creates a source over Criteo files, plain or gzip: the Kaggle train.txt, or day_0 to day_23 of the Terabyte log.
 *
 * @throws VALUE when there is no file; its `rows` throw DATA, FORMAT and IO with the place
 *
 * ```ts doctest
 * import { criteoSource } from "@dqrm/data/node";
 * criteoSource(["day_0.gz", "day_1.gz"]).schema.columns.length; // => 40
 * ```
 */
export function criteoSource(paths: readonly string[], options: ReadOptions = {}): DataSource {
  return criteoRowsSource(paths.map(fileInput), options);
}

/**
 * Creates a source over CSV files with a header, plain or gzip.
 *
 * @throws VALUE when there is no file; its `rows` throw DATA, FORMAT and IO with the place
 *
 * ```ts doctest
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { countRows } from "@dqrm/data";
 * import { csvSource, inferFileSchema } from "@dqrm/data/node";
 * const folder = mkdtempSync(join(tmpdir(), "clicks-"));
 * const path = join(folder, "log.csv");
 * writeFileSync(path, "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n");
 * (await countRows(csvSource([path], await inferFileSchema(path, {})))).rows; // => 3
 * ```
 */
export function csvSource(
  paths: readonly string[],
  schema: DatasetSchema,
  options: ReadOptions = {},
): DataSource {
  return csvRowsSource(paths.map(fileInput), schema, options);
}

/**
 * Infers the schema of a CSV file, plain or gzip; see `inferSchema` of @dqrm/data.
 *
 * @throws CONFIG when the label cannot be told; DATA, FORMAT and IO with the place
 *
 * ```ts doctest
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { inferFileSchema } from "@dqrm/data/node";
 * const folder = mkdtempSync(join(tmpdir(), "clicks-"));
 * const path = join(folder, "log.csv");
 * writeFileSync(path, "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n");
 * (await inferFileSchema(path, {})).columns.map(({ kind }) => kind); // => ["label", "categorical", "numeric"]
 * ```
 */
export async function inferFileSchema(path: string, options: InferOptions): Promise<DatasetSchema> {
  return inferSchema(fileInput(path), options);
}
