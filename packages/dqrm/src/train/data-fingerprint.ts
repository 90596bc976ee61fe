import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DqrmError, parseJson } from "@dqrm/core";
import { parseDataUrl } from "@dqrm/data";
import { CHECKPOINTS } from "@dqrm/dlrm/node";
import type { TrainingData } from "../pipeline/open-training-data.ts";
import { readFailure } from "../pipeline/read-failure.ts";
import { writeFailure } from "../pipeline/write-failure.ts";

/** Stands beside the checkpoints of a run and tells on which samples it trains. */
const NAME = "data.json";

/**
 * Gives a digest of what makes the samples of a run: the fitted preprocessing and the sizes of the parts.
 *
 * The path of a file is not part of it, for files move; the address of generated data is.
 */
export function dataFingerprint(data: string, { parts, preprocessing }: TrainingData): string {
  const { test, train, validation } = parts;
  const samples = [train.samples, validation.samples, test.samples];
  const generated = parseDataUrl(data) === undefined ? null : data;
  return createHash("sha256").update(JSON.stringify({ preprocessing, samples, generated })).digest("hex");
}

/** Writes the fingerprint of a run beside its checkpoints, whole or not at all. */
export async function saveFingerprint(directory: string, fingerprint: string): Promise<void> {
  const folder = join(directory, CHECKPOINTS);
  const path = join(folder, NAME);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.writing`, `${JSON.stringify({ version: 1, fingerprint })}\n`);
    await rename(`${path}.writing`, path);
  } catch (cause) {
    throw writeFailure(path, "a directory to write to", cause);
  }
}

/**
 * Refuses to go on with other samples than the run began with.
 *
 * @throws STATE when the fingerprint beside the checkpoints is another one
 */
export async function checkFingerprint(directory: string, data: string, fingerprint: string): Promise<void> {
  const path = join(directory, CHECKPOINTS, NAME);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw readFailure(path, "the fingerprint of the run's data", cause);
  });
  const saved = parseJson(path, text);
  const same = typeof saved === "object" && saved !== null && "fingerprint" in saved;
  if (same && saved.fingerprint === fingerprint) return;
  const expected = "the same rows, read in the same way";
  throw new DqrmError("STATE", {
    op: `resume ${directory}`,
    expected,
    actual: `${data} gives other samples`,
  });
}
