import { readFile, stat } from "node:fs/promises";
import {
  CRITEO_SCHEMA,
  parseSchema,
  type DatasetSchema,
  type DataSource,
  type ReadOptions,
} from "@dqrm/data";
import { criteoSource, csvSource, expandPaths, inferFileSchema } from "@dqrm/data/node";
import { firstRows } from "./first-rows.ts";
import { looksLikeCriteo } from "./looks-like-criteo.ts";
import { readFailure } from "./read-failure.ts";

/** Says which files are read, and how their columns are known. */
export interface SourceOptions {
  /** A path, or one whose last part holds * and ?. */
  readonly data: string;
  /** criteo, auto, or the path of a schema. */
  readonly schema: string;
  /** The label's column, for an inferred schema. */
  readonly label: string | undefined;
  readonly read: ReadOptions;
  /** Reads only the first rows; 0 or absent reads all. */
  readonly rows?: number;
}

/** Holds an opened source, with what is known of its files. */
export interface OpenedSource {
  readonly source: DataSource;
  readonly schema: DatasetSchema;
  /** Estimated bytes of text, compressed files counted with their usual ratio. */
  readonly textBytes: number;
}

/** Click logs compress about this well; used only to choose between memory and disk. */
const GZIP_RATIO = 5;

/**
 * Opens the files of a click log.
 *
 * @throws IO when a file is missing; CONFIG when the schema or the label cannot be told
 */
export async function openSource(options: SourceOptions): Promise<OpenedSource> {
  const paths = await expandPaths(options.data);
  const textBytes = await sizeOf(paths);
  const schema = await resolveSchema(paths[0], options);
  const source = firstRows(sourceOf(paths, schema, options.read), options.rows ?? 0);
  return { source, schema, textBytes };
}

/** Opens files by a schema that is known already, as a saved model's. */
export async function openKnownSource(
  data: string,
  schema: DatasetSchema,
  read: ReadOptions,
): Promise<OpenedSource> {
  const paths = await expandPaths(data);
  return { source: sourceOf(paths, schema, read), schema, textBytes: await sizeOf(paths) };
}

function sourceOf(paths: readonly string[], schema: DatasetSchema, read: ReadOptions): DataSource {
  return schema.format.kind === "criteo" ? criteoSource(paths, read) : csvSource(paths, schema, read);
}

async function resolveSchema(first: string, { label, read, schema }: SourceOptions): Promise<DatasetSchema> {
  if (schema === "criteo") return CRITEO_SCHEMA;
  if (schema !== "auto") {
    const text = await readFile(schema, "utf8").catch((cause: unknown) => {
      throw readFailure(schema, "a schema file, criteo or auto", cause);
    });
    return parseSchema(schema, text);
  }
  if (await looksLikeCriteo(first)) return CRITEO_SCHEMA;
  // Lines that inference leaves out are met again, and counted, when the rows are read.
  const skip = typeof read.onBadLine === "function" ? { onBadLine: () => undefined } : {};
  return inferFileSchema(first, { ...skip, ...(label === undefined ? {} : { label }) });
}

async function sizeOf(paths: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const path of paths) {
    const { size } = await stat(path).catch((cause: unknown) => {
      throw readFailure(path, "a click log", cause);
    });
    bytes += path.endsWith(".gz") ? GZIP_RATIO * size : size;
  }
  return bytes;
}
