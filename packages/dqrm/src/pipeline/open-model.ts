import { mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  compileInference,
  DqrmError,
  type InferencePlan,
  type Kernels,
  type PackedModel,
  type ProductPrecision,
} from "@dqrm/core";
import {
  parseDataUrl,
  plantedDataset,
  randomDataset,
  type EncodedDataset,
  type ReadOptions,
} from "@dqrm/data";
import { parseConfig, type DlrmConfig } from "@dqrm/dlrm";
import { loadModelDirectory, MODEL_FILES } from "@dqrm/dlrm/node";
import { noteKernels, noteThreads } from "../commands/notes.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { chooseEncoding } from "./choose-encoding.ts";
import { withConstantDense } from "./constant-dense.ts";
import { chooseKernels } from "./choose-kernels.ts";
import { openKnownSource } from "./open-source.ts";
import { readFailure } from "./read-failure.ts";
import { checkGenerated, readPreprocessing, type SavedPreprocessing } from "./saved-preprocessing.ts";

/** Says which model is opened, and by which kernels it is served. */
export interface OpenModelOptions {
  readonly model: string;
  readonly kernels: string;
  /** Undefined takes the cores of the machine. */
  readonly threads: number | undefined;
  /** What the layers multiply. */
  readonly products: ProductPrecision;
}

/** Holds a saved model, with the kernels that were chosen for it. */
export interface LoadedDirectory {
  readonly config: DlrmConfig;
  readonly model: PackedModel;
  readonly preprocessing: SavedPreprocessing;
  /** Tells the model apart from others. */
  readonly modelCrc32: number;
  readonly kernels: Kernels;
}

/** Holds a saved model, compiled for serving. */
export interface OpenedModel extends LoadedDirectory {
  readonly plan: InferencePlan;
}

/**
 * Opens a model directory.
 *
 * @throws IO when a file is missing; FORMAT when one is damaged; CONFIG when a JSON file is wrong
 */
export async function loadDirectory(
  { kernels: list, model: directory, threads }: Omit<OpenModelOptions, "products">,
  { importModule, machine, terminal }: Surroundings,
): Promise<LoadedDirectory> {
  const loaded = await chooseKernels(list, importModule, { threads: threads ?? machine.cores });
  noteKernels(loaded, terminal);
  noteThreads(threads, loaded, terminal);
  await stat(directory).catch((cause: unknown) => {
    throw readFailure(directory, "a model directory, as dqrm train writes it", cause);
  });
  const { kernels } = loaded;
  const saved = await loadModelDirectory(directory, {
    parseConfig: (json) => parseConfig(join(directory, MODEL_FILES.config), json),
    parsePreprocessing: (json) => readPreprocessing(join(directory, MODEL_FILES.preprocessing), json),
    arena: kernels.createArena(0),
  });
  return { ...saved, kernels };
}

/**
 * Opens a model directory as {@link loadDirectory} and compiles its packed model.
 *
 * @throws IO, FORMAT or CONFIG as loadDirectory; UNSUPPORTED when the model cannot be served with such products
 */
export async function openModel(options: OpenModelOptions, surroundings: Surroundings): Promise<OpenedModel> {
  const loaded = await loadDirectory(options, surroundings);
  const maxBatch = loaded.config.training.evaluationBatchSize;
  return {
    ...loaded,
    plan: compileInference(loaded.model, loaded.kernels, { maxBatch, products: options.products }),
  };
}

/** Holds samples as a model wants them. */
export interface ServedData {
  readonly dataset: EncodedDataset;
  /** Removes what was written for it. */
  close(): Promise<void>;
}

/**
 * Reads a click log, or generates one, with the preprocessing that was saved with the model.
 *
 * @throws IO, FORMAT or DATA with file, line and column; CONFIG when the columns are not those of the model
 */
export async function openServedData(
  data: string,
  saved: SavedPreprocessing,
  read: ReadOptions,
  { temporaryDirectory, terminal }: Surroundings,
): Promise<ServedData> {
  const synthetic = parseDataUrl(data);
  if (saved.kind === "generated" && synthetic !== undefined) {
    const dataset =
      synthetic.kind === "planted"
        ? plantedDataset(synthetic.options).dataset
        : randomDataset(synthetic.options);
    checkGenerated(data, saved.generated, dataset);
    return { dataset, close: () => Promise.resolve() };
  }
  if (saved.kind === "generated" || synthetic !== undefined) throw mixedData(data, saved);
  const { source, textBytes } = await openKnownSource(data, saved.preprocessing.schema, read);
  const scratch = await mkdtemp(join(temporaryDirectory, "dqrm-"));
  const path = join(scratch, "samples.encoded");
  const note = (line: string): void => {
    terminal.err(`${line}\n`);
  };
  const clear = (): Promise<void> => rm(scratch, { recursive: true, force: true });
  try {
    const encoding = await chooseEncoding({ data, textBytes, path, signal: terminal.signal, note });
    const dataset = withConstantDense(await encoding(source, saved.preprocessing));
    return {
      dataset,
      close: () => {
        dataset.close();
        return clear();
      },
    };
  } catch (error) {
    await clear();
    throw error;
  }
}

function mixedData(data: string, saved: SavedPreprocessing): DqrmError<"CONFIG"> {
  const expected = saved.kind === "generated" ? "generated data, as the model was trained on" : "a click log";
  return new DqrmError("CONFIG", { source: "command line", path: "--data", expected, actual: data });
}
