import { DqrmError } from "@dqrm/core";
import { checkInteger } from "./check.ts";
import type { EncodedDataset } from "./dataset.ts";

/**
 * Creates a view of some samples of a dataset: sample i of the view is sample numberOf(i) of the parent.
 *
 * Closing a view leaves the parent open, which belongs to whoever created it.
 *
 * @throws STATE when a closed view is read; whatever the parent throws
 * @cost allocates one scratch array of the batch's size, nothing for each sample
 *
 * ```ts doctest
 * import { datasetView, randomDataset } from "@dqrm/data";
 * const dataset = randomDataset({ rows: 10, seed: 1, denseFeatures: 1, features: [{ rows: 9 }] });
 * datasetView(dataset, 5, (sample) => 2 * sample).samples; // => 5
 * ```
 */
export function datasetView(
  parent: EncodedDataset,
  samples: number,
  numberOf: (sample: number) => number,
): EncodedDataset {
  let open = true;
  let scratch = new Float64Array(0);
  return {
    samples,
    denseFeatures: parent.denseFeatures,
    features: parent.features,
    fill(numbers, begin, end, into) {
      if (!open) throw new DqrmError("STATE", { op: "fill", expected: "an open view", actual: "closed" });
      checkInteger("EncodedDataset.fill", "end", end, [0, numbers.length]);
      checkInteger("EncodedDataset.fill", "begin", begin, [0, end]);
      if (scratch.length < end - begin) scratch = new Float64Array(end - begin);
      for (let i = begin; i < end; i++) {
        const number = numbers[i];
        if (!(number >= 0 && number < samples && Number.isInteger(number))) {
          const details = { op: "EncodedDataset.fill", position: i, index: number, rows: samples };
          throw new DqrmError("INDEX_RANGE", details);
        }
        scratch[i - begin] = numberOf(number);
      }
      parent.fill(scratch, 0, end - begin, into);
    },
    close() {
      open = false;
    },
  };
}

/**
 * Creates a view of the samples [begin, end) of a dataset, without a copy.
 *
 * @throws VALUE when the range is not inside the dataset
 *
 * ```ts doctest
 * import { randomDataset, sliceDataset } from "@dqrm/data";
 * const dataset = randomDataset({ rows: 10, seed: 1, denseFeatures: 2, features: [{ rows: 5 }] });
 * sliceDataset(dataset, 2, 5).samples; // => 3
 * ```
 */
export function sliceDataset(dataset: EncodedDataset, begin: number, end: number): EncodedDataset {
  checkInteger("sliceDataset", "end", end, [0, dataset.samples]);
  checkInteger("sliceDataset", "begin", begin, [0, end]);
  return datasetView(dataset, end - begin, (sample) => begin + sample);
}
