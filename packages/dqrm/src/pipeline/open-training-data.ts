import { join } from "node:path";
import {
  parseDataUrl,
  prepareDataset,
  type DatasetParts,
  type DatasetSchema,
  type EncodedDataset,
  type PrepareOptions,
} from "@dqrm/data";
import type { DlrmConfig } from "@dqrm/dlrm";
import { chooseEncoding } from "./choose-encoding.ts";
import { withConstantDense } from "./constant-dense.ts";
import { openSource, type SourceOptions } from "./open-source.ts";
import { generatedPreprocessing } from "./saved-preprocessing.ts";
import { openSynthetic } from "./synthetic-data.ts";

/** Says what to train on. */
export interface TrainingDataOptions extends SourceOptions {
  readonly config: DlrmConfig;
  readonly seed: number;
  /** Encoded samples that do not fit in memory go below this directory. */
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/** Holds samples ready for training, with what a model needs to see new ones in the same way. */
export interface TrainingData {
  readonly dataset: EncodedDataset;
  readonly parts: DatasetParts;
  /** Content of preprocessing.json. */
  readonly preprocessing: unknown;
  readonly oracleTestAuc: number | null;
}

/**
 * Generates or reads the data, fits the preprocessing on the part that the configuration names, and splits the samples.
 *
 * @throws IO, FORMAT or DATA with file, line and column; CONFIG when schema, label or address are wrong
 */
export async function openTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const { config, data, note } = options;
  if (parseDataUrl(data) !== undefined) {
    const { dataset, oracleTestAuc, parts } = openSynthetic(data, config.data.split);
    return { dataset, parts, preprocessing: generatedPreprocessing(dataset), oracleTestAuc };
  }
  const { schema, source, textBytes } = await openSource(options);
  note(describeSchema(schema));
  const path = join(options.cacheDirectory, "samples.encoded");
  const encoding = await chooseEncoding({ data, textBytes, path, signal: options.signal, note });
  const prepared = await prepareDataset(source, {
    ...prepareOptions(options),
    encode: async (from, preprocessing) => withConstantDense(await encoding(from, preprocessing)),
  });
  return { ...prepared, oracleTestAuc: null };
}

function prepareOptions({ config, seed, signal }: TrainingDataOptions): Omit<PrepareOptions, "encode"> {
  const { categories, dense, dropNegatives, fitOn, split } = config.data;
  return { split, fit: { dense, categories }, fitOn, drop: { rate: dropNegatives, seed }, signal };
}

/** Says in lines what each column of a schema is taken for, and why. */
export function describeSchema(schema: DatasetSchema): string {
  if (schema.format.kind === "criteo") return "schema: Criteo, 13 integers and 26 categories";
  return [`schema: ${schema.columns.length} columns`, ...runsOf(schema).map(describeRun)].join("\n");
}

type Column = DatasetSchema["columns"][number];

/** Gathers neighbouring columns of which the same is known. */
function runsOf({ columns }: DatasetSchema): readonly (readonly Column[])[] {
  const runs: Column[][] = [];
  for (const column of columns) {
    const before = runs.at(-1)?.[0];
    if (before?.kind === column.kind && before.reason === column.reason) runs.at(-1)?.push(column);
    else runs.push([column]);
  }
  return runs;
}

function describeRun(run: readonly Column[]): string {
  const { kind, reason } = run[0];
  const names = run.map(({ name }) => (name === "" ? "(no name)" : name));
  const shown = names.length > 4 ? [names[0], "…", names[names.length - 1]].join(" ") : names.join(", ");
  const notes = [run.length > 4 ? `${run.length} columns` : "", reason ?? ""].filter((note) => note !== "");
  return `  ${kind.padEnd(11)} ${shown}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
}
