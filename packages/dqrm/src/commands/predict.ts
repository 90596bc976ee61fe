import { open } from "node:fs/promises";
import { predict as predictBatches } from "@dqrm/dlrm";
import { DqrmError, type ProductPrecision } from "@dqrm/core";
import { openModel, openServedData } from "../pipeline/open-model.ts";
import type { SavedPreprocessing } from "../pipeline/saved-preprocessing.ts";
import { writeFailure } from "../pipeline/write-failure.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm predict`. */
export interface PredictOptions {
  readonly model: string;
  readonly data: string;
  readonly out: string | undefined;
  readonly kernels: string;
  readonly threads: number | undefined;
  readonly products: ProductPrecision;
  readonly json: boolean;
}

/** Writes one probability a line, in the order of the rows; the label column may be absent. */
export async function predict(options: PredictOptions, surroundings: Surroundings): Promise<void> {
  const { terminal } = surroundings;
  const { config, plan, preprocessing } = await openModel(options, surroundings);
  const read = { labels: labelsOf(preprocessing) };
  const { close, dataset } = await openServedData(options.data, preprocessing, read, surroundings);
  try {
    const batches = predictBatches(plan, dataset, config.training.evaluationBatchSize);
    const texts = interruptible(batches, surroundings);
    if (options.out === undefined) {
      for await (const { text } of texts) terminal.out(text);
      return;
    }
    const samples = await writeLines(options.out, texts);
    if (options.json) terminal.out(`${JSON.stringify({ samples, out: options.out })}\n`);
    else terminal.err(`${samples} probabilities written to ${options.out}\n`);
  } finally {
    await close();
  }
}

/** A label column of a CSV file is not looked at, for what is to be predicted may be unknown or left blank. */
function labelsOf(saved: SavedPreprocessing): "absent" | "detect" {
  return saved.kind === "fitted" && saved.preprocessing.schema.format.kind === "csv" ? "absent" : "detect";
}

/** Writes batches as text, and lets an interrupt in between them. */
async function* interruptible(
  batches: Iterable<{ readonly probabilities: Float32Array }>,
  { pause, terminal }: Surroundings,
): AsyncGenerator<{ readonly samples: number; readonly text: string }, void, undefined> {
  for (const { probabilities } of batches) {
    yield { samples: probabilities.length, text: probabilityLines(probabilities) };
    await pause();
    terminal.signal.throwIfAborted();
  }
}

/** Nine significant digits give back the same 32-bit float. */
const DIGITS = 9;

function probabilityLines(probabilities: Float32Array): string {
  let lines = "";
  for (const probability of probabilities) lines += `${Number(probability.toPrecision(DIGITS))}\n`;
  return lines;
}

async function writeLines(
  path: string,
  texts: AsyncIterable<{ readonly samples: number; readonly text: string }>,
): Promise<number> {
  let samples = 0;
  try {
    const file = await open(path, "w");
    try {
      for await (const lines of texts) {
        await file.write(lines.text);
        samples += lines.samples;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof DqrmError || (cause instanceof Error && cause.name === "AbortError")) throw cause;
    throw writeFailure(path, "a file to write", cause);
  }
  return samples;
}
