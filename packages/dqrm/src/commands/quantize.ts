import { compileInference, DqrmError, type InferencePlan, type PackedModel } from "@dqrm/core";
import { splitDataset, type EncodedDataset } from "@dqrm/data";
import {
  evaluateModelPausing,
  metricChange,
  quantizeModelPausing,
  type DlrmConfig,
  type Metrics,
} from "@dqrm/dlrm";
import { createBadLines } from "../pipeline/bad-lines.ts";
import { loadDirectory, openServedData, type LoadedDirectory } from "../pipeline/open-model.ts";
import { describeConfig } from "../quantize/describe-config.ts";
import type { QuantizeOptions } from "../quantize/quantize-options.ts";
import type { MeasuredChange, QuantizeResult } from "../quantize/quantize-result.ts";
import { quantizeText } from "../quantize/quantize-text.ts";
import { checkQuantizeOutput, saveQuantized } from "../quantize/save-quantized.ts";
import { noteBadLines } from "./notes.ts";
import type { Surroundings } from "./surroundings.ts";

/** Quantizes a trained model, writes it as a model directory of its own, and says what was lost. */
export async function quantize(options: QuantizeOptions, surroundings: Surroundings): Promise<void> {
  const { terminal } = surroundings;
  const { config, out } = options;
  await checkQuantizeOutput(options.model, out);
  const loaded = await loadDirectory(options, surroundings);
  terminal.err(`quantization: ${describeConfig(config)}\n`);
  const { model, report } = await quantizeModelPausing(loaded.model, config, loaded.kernels, () =>
    letIn(surroundings),
  );
  const measured =
    options.data === undefined
      ? null
      : await measureChange({ ...options, data: options.data }, { loaded, model }, surroundings);
  const from = { path: options.model, modelCrc32: loaded.modelCrc32 };
  const result: QuantizeResult = { version: 1, from, out, config, ...report, measured };
  const saved = loaded.preprocessing;
  const preprocessing = saved.kind === "generated" ? saved.generated : saved.preprocessing;
  await saveQuantized({ trainedWith: loaded.config, model, preprocessing, result });
  terminal.out(options.json ? `${JSON.stringify(result)}\n` : quantizeText(result));
}

interface Models {
  readonly loaded: LoadedDirectory;
  readonly model: PackedModel;
}

async function measureChange(
  { data, part, skipBadLines }: QuantizeOptions & { readonly data: string },
  { loaded, model }: Models,
  surroundings: Surroundings,
): Promise<MeasuredChange> {
  const { config, kernels, preprocessing } = loaded;
  const bad = createBadLines();
  const read = skipBadLines ? { onBadLine: bad.onBadLine } : {};
  const { close, dataset } = await openServedData(data, preprocessing, read, surroundings);
  noteBadLines(bad, surroundings.terminal);
  try {
    const rows = partOf(dataset, part, config);
    const maxBatch = config.training.evaluationBatchSize;
    const measure = (packed: PackedModel): Promise<Metrics | null> =>
      measureModel(compileInference(packed, kernels, { maxBatch }), rows, config, surroundings);
    const before = await measure(loaded.model);
    const after = await measure(model);
    const change = before === null || after === null ? null : metricChange(before, after);
    return { data, part, before, after, change };
  } finally {
    await close();
  }
}

/** Divides the rows as training did: the same split of the same rows. */
function partOf(
  dataset: EncodedDataset,
  part: QuantizeOptions["part"],
  { data }: DlrmConfig,
): EncodedDataset {
  if (part === "all") return dataset;
  if (data.dropNegatives > 0) {
    const expected = "all: training dropped negative rows, so that its parts cannot be told from the data";
    throw new DqrmError("CONFIG", { source: "command line", path: "--part", expected, actual: part });
  }
  return splitDataset(dataset, data.split)[part];
}

function measureModel(
  plan: InferencePlan,
  rows: EncodedDataset,
  { loss, training }: DlrmConfig,
  surroundings: Surroundings,
): Promise<Metrics | null> {
  return evaluateModelPausing(plan, rows, {
    batchSize: training.evaluationBatchSize,
    roundTargets: loss.roundTargets,
    afterBatch: () => letIn(surroundings),
  });
}

/** Lets an interrupt in. */
async function letIn({ pause, terminal }: Surroundings): Promise<void> {
  await pause();
  terminal.signal.throwIfAborted();
}
