import { createKernels, reference, type TableQuantization } from "@dqrm/core";
import { packModel } from "../../src/index.ts";
import { saveModelDirectory, type ModelDirectoryContent } from "../../src/node/index.ts";
import { randomState, smallSpec } from "../model-cases.ts";
import { unsyncedDisk } from "./faulty-disk.ts";
import { scratchDirectory } from "./scratch.ts";

const kernels = createKernels([reference]);
/** INT4 with a scale for each row. */
export const int4: TableQuantization = {
  kind: "fake",
  bits: 4,
  granularity: { kind: "row" },
  refresh: { kind: "every-step" },
};
/** A table in INT4, one in floats with learned pooling weights, layers in INT8. */
export const spec = smallSpec([int4, { kind: "none" }], {
  linearQuantization: { kind: "fake", bits: 8, granularity: "channel", bias: "float" },
});
/** A model of {@link spec}, packed. */
export const model = packModel(spec, randomState(spec, 1), kernels);
/** What a model directory is written from. */
export const content: ModelDirectoryContent = {
  config: { preset: "demo" },
  model,
  preprocessing: { version: 1, columns: ["C0", "C1"] },
  card: {
    title: "Clicks | demo",
    license: "apache-2.0",
    tags: ["recommender", 'yes: "quoted"'],
    description: "Trained on planted data.",
    metrics: { "auc (test)": 0.75, logloss: 0.5 },
  },
  metrics: [
    { epoch: 0, auc: 0.7 },
    { epoch: 1, auc: 0.75 },
  ],
};
const asIs = (json: unknown): unknown => json;
/** Reads what {@link saved} wrote. */
export const readers = { parseConfig: asIs, parsePreprocessing: asIs };

/** Saves {@link content}, with some of it replaced. */
export async function saved(overrides: Partial<ModelDirectoryContent> = {}): Promise<string> {
  const directory = await scratchDirectory();
  await saveModelDirectory(directory, { ...content, ...overrides }, unsyncedDisk);
  return directory;
}
