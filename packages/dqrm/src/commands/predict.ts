import { open } from "node:fs/promises";
import { predict as predictBatches } from "@dqrm/dlrm";
import { DqrmError } from "@dqrm/core";
import { openModel, openServedData } from "../pipeline/open-model.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm predict`. */
export interface PredictOptions {
  readonly model: string;
  readonly data: string;
  readonly out: string | undefined;
  readonly kernels: string;
  readonly json: boolean;
}

/** Writes one probability a line, in the order of the rows; the label column may be absent. */
export async function predict(options: PredictOptions, surroundings: Surroundings): Promise<void> {
  const { terminal } = surroundings;
  const { config, plan, preprocessing } = await openModel(options.model, options.kernels, surroundings);
  const read = { labels: "detect" } as const;
  const { close, dataset } = await openServedData(options.data, preprocessing, read, surroundings);
  try {
    const batches = predictBatches(plan, dataset, config.training.evaluationBatchSize);
    if (options.out === undefined) {
      for (const { probabilities } of batches) terminal.out(probabilityLines(probabilities));
      return;
    }
    const samples = await writeLines(options.out, batches);
    if (options.json) terminal.out(`${JSON.stringify({ samples, out: options.out })}\n`);
    else terminal.err(`${samples} probabilities written to ${options.out}\n`);
  } finally {
    await close();
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
  batches: Iterable<{ readonly probabilities: Float32Array }>,
): Promise<number> {
  let samples = 0;
  try {
    const file = await open(path, "w");
    try {
      for (const { probabilities } of batches) {
        await file.write(probabilityLines(probabilities));
        samples += probabilities.length;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof DqrmError) throw cause;
    const actual = cause instanceof Error ? cause.message : String(cause);
    throw new DqrmError("IO", { operation: "write", path, expected: "a file to write", actual }, { cause });
  }
  return samples;
}
