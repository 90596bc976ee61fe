import { DqrmError } from "@dqrm/core";
import { checkInteger, checkNumber } from "./check.ts";
import type { DatasetParts, EncodedDataset, SplitSpec } from "./dataset.ts";
import { datasetView, sliceDataset } from "./dataset-view.ts";
import { MAX_SAMPLES } from "./limits.ts";
import { createPermutation, type Permutation } from "./permutation.ts";

const OP = "splitDataset";

/** Tells the streams of a split from those of epochs under the same seed. */
const SPLIT_STREAM = 0x5350_0000;

/** A log of a century in days; more sections are a mistake. */
const MAX_DAYS = 36_525;

/**
 * Cuts samples into days as facebookresearch/dlrm does: equal ones, the first `samples mod days` one longer.
 *
 * ```ts doctest
 * import { equalDays } from "@dqrm/data";
 * equalDays(10, 7); // => [2, 2, 2, 1, 1, 1, 1]
 * ```
 */
export function equalDays(samples: number, days: number): number[] {
  checkInteger(OP, "days", days, [1, MAX_DAYS]);
  const extras = samples % days;
  return Array.from({ length: days }, (_, day) => Math.floor(samples / days) + (day < extras ? 1 : 0));
}

function checkCounts(counts: readonly number[], samples: number, what: string): void {
  for (const count of counts) checkInteger(OP, what, count, [0, MAX_SAMPLES]);
  const sum = counts.reduce((a, b) => a + b, 0);
  if (sum === samples) return;
  throw new DqrmError("VALUE", {
    op: OP,
    what: `sum of ${what}`,
    expected: `the number of samples, ${samples}`,
    actual: String(sum),
  });
}

function criteoDays(samples: number, spec: Extract<SplitSpec, { kind: "criteo" }>): readonly number[] {
  checkInteger(OP, "days", spec.days, [1, MAX_DAYS]);
  if (spec.counts === undefined) return equalDays(samples, spec.days);
  checkCounts(spec.counts, samples, "counts");
  if (spec.counts.length !== spec.days) {
    throw new DqrmError("SHAPE", {
      op: OP,
      what: "counts",
      expected: spec.days,
      actual: spec.counts.length,
    });
  }
  return spec.counts;
}

function shuffleDays(dataset: EncodedDataset, days: readonly number[], seed: number): EncodedDataset {
  const starts = new Float64Array(days.length + 1);
  days.forEach((count, day) => (starts[day + 1] = starts[day] + count));
  const orders: Permutation[] = days.map((count, day) =>
    createPermutation(count, { seed, stream: SPLIT_STREAM + 1 + day }),
  );
  return datasetView(dataset, dataset.samples, (sample) => {
    let low = 0;
    let high = days.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= sample) low = middle;
      else high = middle;
    }
    return starts[low] + orders[low].at(sample - starts[low]);
  });
}

function splitCriteo(dataset: EncodedDataset, spec: Extract<SplitSpec, { kind: "criteo" }>): DatasetParts {
  const days = criteoDays(dataset.samples, spec);
  const last = days[days.length - 1];
  const trainEnd = dataset.samples - last;
  const testEnd = trainEnd + Math.ceil(last / 2);
  const train = sliceDataset(dataset, 0, trainEnd);
  const randomize = spec.randomize ?? { kind: "none", seed: 0 };
  const trainDays = randomize.kind === "total" ? [trainEnd] : days.slice(0, -1);
  return {
    train: randomize.kind === "none" ? train : shuffleDays(train, trainDays, randomize.seed),
    test: sliceDataset(dataset, trainEnd, testEnd),
    validation: sliceDataset(dataset, testEnd, dataset.samples),
  };
}

interface Counts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

function fractions(samples: number, spec: { readonly validation: number; readonly test: number }): Counts {
  const validationShare = checkNumber(OP, "validation", spec.validation, [0, 1]);
  const testShare = checkNumber(OP, "test", spec.test, [0, 1]);
  checkNumber(OP, "validation + test", validationShare + testShare, [0, 1]);
  const test = Math.round(samples * testShare);
  const validation = Math.min(samples - test, Math.round(samples * validationShare));
  return { train: samples - validation - test, validation, test };
}

function contiguous(dataset: EncodedDataset, { train, validation, test }: Counts): DatasetParts {
  return {
    train: sliceDataset(dataset, 0, train),
    validation: sliceDataset(dataset, train, train + validation),
    test: sliceDataset(dataset, train + validation, train + validation + test),
  };
}

/** Gives sample numbers by rising time, equal times in file order; undefined when the file is so already. */
function timeOrder(timestamps: Float64Array | undefined): Float64Array | undefined {
  if (timestamps === undefined) return undefined;
  let sorted = true;
  for (let i = 1; i < timestamps.length && sorted; i++) sorted = timestamps[i] >= timestamps[i - 1];
  if (sorted) return undefined;
  const order = Float64Array.from(timestamps, (_, i) => i);
  return order.sort((a, b) => timestamps[a] - timestamps[b] || a - b);
}

/**
 * Splits a dataset into training, validation and test samples: views without copies that cover every sample
 * exactly once.
 *
 * @throws VALUE when counts do not add up to the samples or fractions are out of range
 * @cost O(1) memory, except temporal by an unsorted time column: 8 bytes a sample
 * @source facebookresearch/dlrm data_utils.py for criteo
 *
 * ```ts doctest
 * import { randomDataset, splitDataset } from "@dqrm/data";
 * const dataset = randomDataset({ rows: 70, seed: 1, denseFeatures: 2, features: [{ rows: 5 }] });
 * const { train, validation, test } = splitDataset(dataset, { kind: "criteo", days: 7 });
 * [train.samples, validation.samples, test.samples]; // => [60, 5, 5]
 * ```
 */
export function splitDataset(dataset: EncodedDataset, split: SplitSpec): DatasetParts {
  const { samples } = dataset;
  switch (split.kind) {
    case "criteo":
      return splitCriteo(dataset, split);
    case "given":
      checkCounts([split.train, split.validation, split.test], samples, "train, validation and test");
      return contiguous(dataset, split);
    case "temporal": {
      const order = timeOrder(dataset.timestamps);
      const sorted = order === undefined ? dataset : datasetView(dataset, samples, (i) => order[i]);
      return contiguous(sorted, fractions(samples, split));
    }
    case "random": {
      const order = createPermutation(samples, { seed: split.seed, stream: SPLIT_STREAM });
      return contiguous(
        datasetView(dataset, samples, (i) => order.at(i)),
        fractions(samples, split),
      );
    }
  }
}

/**
 * Tells which samples a split trains on, before the dataset exists, so that preprocessing learns from them alone.
 *
 * @throws VALUE as {@link splitDataset} does
 * @cost O(1) memory, except temporal by an unsorted time column: 9 bytes a sample
 *
 * ```ts doctest
 * import { trainingSamples } from "@dqrm/data";
 * const trains = trainingSamples({ rows: 10 }, { kind: "temporal", validation: 0.1, test: 0.2 });
 * [trains(6), trains(7)]; // => [true, false]
 * ```
 */
export function trainingSamples(
  counts: { readonly rows: number; readonly timestamps?: Float64Array },
  split: SplitSpec,
): (sample: number) => boolean {
  const samples = counts.rows;
  switch (split.kind) {
    case "criteo": {
      const trainEnd = samples - criteoDays(samples, split)[split.days - 1];
      return (sample) => sample < trainEnd;
    }
    case "given":
      checkCounts([split.train, split.validation, split.test], samples, "train, validation and test");
      return (sample) => sample < split.train;
    case "temporal": {
      const { train } = fractions(samples, split);
      const order = timeOrder(counts.timestamps);
      if (order === undefined) return (sample) => sample < train;
      const trains = new Uint8Array(samples);
      for (let i = 0; i < train; i++) trains[order[i]] = 1;
      return (sample) => trains[sample] === 1;
    }
    case "random": {
      const { train } = fractions(samples, split);
      const order = createPermutation(samples, { seed: split.seed, stream: SPLIT_STREAM });
      return (sample) => order.positionOf(sample) < train;
    }
  }
}
