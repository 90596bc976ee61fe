import { DqrmError } from "@dqrm/core";
import {
  batches,
  memoryDataset,
  parseDataUrl,
  plantedDataset,
  randomDataset,
  splitDataset,
  type DatasetParts,
  type EncodedDataset,
  type SplitSpec,
} from "@dqrm/data";
import { exactAuc } from "@dqrm/dlrm";

/** Samples read at once when the oracle is measured. */
const READ_SAMPLES = 4096;

/** Holds generated samples, whole and split. */
export interface SyntheticParts {
  readonly dataset: EncodedDataset;
  readonly parts: DatasetParts;
  /** AUC of the true probabilities on the test samples; null when the generator plants none. */
  readonly oracleTestAuc: number | null;
}

/**
 * Generates the data of an address and splits them.
 *
 * @throws CONFIG when the address names no generator, or naming the wrong part of it
 */
export function openSynthetic(url: string, split: SplitSpec): SyntheticParts {
  const parsed = parseDataUrl(url);
  if (parsed === undefined) {
    const expected = "synthetic:planted or synthetic:random with options";
    throw new DqrmError("CONFIG", { source: "command line", path: "--data", expected, actual: `"${url}"` });
  }
  if (parsed.kind === "random") {
    const dataset = randomDataset(parsed.options);
    return { dataset, parts: splitDataset(dataset, split), oracleTestAuc: null };
  }
  const { dataset, probabilities } = plantedDataset(parsed.options);
  const parts = splitDataset(dataset, split);
  return { dataset, parts, oracleTestAuc: oracleAuc(probabilities, parts.test, split) };
}

function oracleAuc(probabilities: Float32Array, test: EncodedDataset, split: SplitSpec): number | null {
  if (test.samples === 0) return null;
  // The probabilities, as a dataset of one dense feature, are split by the same rule as the samples.
  const scored = memoryDataset({
    denseFeatures: 1,
    features: [],
    dense: probabilities,
    labels: new Float32Array(probabilities.length),
    columns: [],
  });
  const scores = readTest(splitDataset(scored, split).test, "dense");
  return exactAuc(scores, readTest(test, "labels"));
}

function readTest(dataset: EncodedDataset, column: "dense" | "labels"): Float32Array {
  const values = new Float32Array(dataset.samples);
  let count = 0;
  for (const batch of batches(dataset, { batchSize: READ_SAMPLES, order: { kind: "file" }, firstBatch: 0 })) {
    values.set(batch[column].subarray(0, batch.size), count);
    count += batch.size;
  }
  return values;
}
