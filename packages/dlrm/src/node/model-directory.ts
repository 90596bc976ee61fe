import { createArena, DqrmError, type Arena, type PackedModel } from "@dqrm/core";
import { decodePackedModel, encodePackedModel } from "../model-file/packed-model-file.ts";
import { nodeDisk, type Disk } from "./disk.ts";
import { jsonFile, readJson, textFile } from "./json-file.ts";
import { isBareName, MANIFEST_NAME } from "./manifest.ts";
import { renderModelCard, type ModelCard } from "./model-card.ts";
import { openDirectory } from "./read-directory.ts";
import { writeDirectory, type FileContent } from "./write-directory.ts";

/** Names a model directory in its manifest; another version of the format is refused. */
export const MODEL_DIRECTORY: { readonly format: string; readonly version: number } = {
  format: "dqrm-model-directory",
  version: 1,
};

/** Names the files of a model directory. */
export const MODEL_FILES = {
  config: "config.json",
  model: "model.safetensors",
  preprocessing: "preprocessing.json",
  card: "README.md",
  metrics: "metrics.jsonl",
} as const;

/** Holds what a model directory is written from. */
export interface ModelDirectoryContent {
  /** The configuration that the model was trained with, as JSON. */
  readonly config: unknown;
  readonly model: PackedModel;
  /** The fitted preprocessing that gives the model its inputs, as JSON. */
  readonly preprocessing: unknown;
  readonly card: ModelCard;
  /** One record for each evaluation, written a line each. */
  readonly metrics: readonly unknown[];
  /** Further texts that belong to the model, such as a report on its quantization; no loader reads them. */
  readonly documents?: readonly ModelDocument[];
}

/** Holds a further text of a model directory, under a bare name that none of {@link MODEL_FILES} has. */
export interface ModelDocument {
  readonly name: string;
  readonly text: string;
}

/**
 * Saves a packed model with its configuration, preprocessing, card and metrics; all of it or nothing.
 *
 * Other files of the directory, checkpoints among them, stay as they are.
 *
 * @throws IO when the disk fails or is full, then what was saved before is intact; CONFIG when a part is no JSON; VALUE when
 *         a document has no name of its own
 * @source docs/spec/model-directory.md
 *
 * ```ts doctest
 * import { mkdtemp, readdir } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateModelState, createArena, createKernels, reference } from "@dqrm/core";
 * import { buildModelSpec, packModel, presets } from "@dqrm/dlrm";
 * import { saveModelDirectory } from "@dqrm/dlrm/node";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const model = packModel(spec, state, createKernels([reference]));
 * const card = { title: "Clicks", license: "apache-2.0", tags: [], description: "An example.", metrics: {} };
 * const directory = await mkdtemp(join(tmpdir(), "model-"));
 * await saveModelDirectory(directory, { config: {}, model, preprocessing: {}, card, metrics: [] });
 * (await readdir(directory)).length; // => 6
 * ```
 */
export async function saveModelDirectory(
  directory: string,
  { card, config, documents = [], metrics, model, preprocessing }: ModelDirectoryContent,
  disk: Disk = nodeDisk,
): Promise<void> {
  const { layout, parts } = encodePackedModel(model);
  const lines = metrics.map((record) => `${JSON.stringify(record)}\n`);
  await writeDirectory(
    directory,
    MODEL_DIRECTORY,
    [
      jsonFile(MODEL_FILES.config, config),
      { name: MODEL_FILES.model, parts },
      jsonFile(MODEL_FILES.preprocessing, preprocessing),
      textFile(MODEL_FILES.card, renderModelCard(card, model, layout)),
      textFile(MODEL_FILES.metrics, lines.join("")),
      ...documents.map(documentFile),
    ],
    disk,
  );
}

function documentFile({ name, text }: ModelDocument): FileContent {
  const taken: readonly string[] = [...Object.values(MODEL_FILES), MANIFEST_NAME];
  if (isBareName(name) && !taken.includes(name)) return textFile(name, text);
  const expected = `a name like report.html, and none of ${taken.join(", ")}`;
  throw new DqrmError("VALUE", { op: "saveModelDirectory", what: "document name", expected, actual: name });
}

/** Says how the JSON of a model directory is read, and where its tensors go. */
export interface LoadModelOptions<Config, Preprocessing> {
  readonly parseConfig: (json: unknown) => Config;
  readonly parsePreprocessing: (json: unknown) => Preprocessing;
  /** The file is read into memory of this arena; by default into a segment of its own. */
  readonly arena?: Arena;
}

/** Holds a model as it was saved; codes, scales and floats are views of the file as it was read. */
export interface LoadedModel<Config, Preprocessing> {
  readonly config: Config;
  readonly model: PackedModel;
  readonly preprocessing: Preprocessing;
  /** CRC-32 of the model's file, as the manifest says and the file has: tells models apart. */
  readonly modelCrc32: number;
}

/**
 * Loads a model directory and checks every file that it reads against the manifest.
 *
 * @throws IO when a file is missing; FORMAT naming file and place when one was changed, cut off or is of another version;
 *         CONFIG when a JSON file is malformed
 * @cost one read and one checksum of the model file; the tensors are not copied
 *
 * ```ts doctest
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateModelState, createArena, createKernels, reference } from "@dqrm/core";
 * import { buildModelSpec, packModel, presets } from "@dqrm/dlrm";
 * import { loadModelDirectory, saveModelDirectory } from "@dqrm/dlrm/node";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const model = packModel(spec, state, createKernels([reference]));
 * const card = { title: "Clicks", license: "apache-2.0", tags: [], description: "An example.", metrics: {} };
 * const directory = await mkdtemp(join(tmpdir(), "model-"));
 * await saveModelDirectory(directory, { config: {}, model, preprocessing: {}, card, metrics: [] });
 * const readers = { parseConfig: (json: unknown) => json, parsePreprocessing: (json: unknown) => json };
 * (await loadModelDirectory(directory, readers)).model.tables.length; // => 1
 * ```
 */
export async function loadModelDirectory<Config, Preprocessing>(
  directory: string,
  { arena = createArena(0), parseConfig, parsePreprocessing }: LoadModelOptions<Config, Preprocessing>,
): Promise<LoadedModel<Config, Preprocessing>> {
  const saved = await openDirectory(directory, MODEL_DIRECTORY);
  const config = parseConfig(await readJson(saved, directory, MODEL_FILES.config));
  const preprocessing = parsePreprocessing(await readJson(saved, directory, MODEL_FILES.preprocessing));
  const bytes = await saved.read(MODEL_FILES.model, arena);
  const model = decodePackedModel(`${directory}/${MODEL_FILES.model}`, bytes);
  return { config, model, preprocessing, modelCrc32: saved.crc32(MODEL_FILES.model) };
}
