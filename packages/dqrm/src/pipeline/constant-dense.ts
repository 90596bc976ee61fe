import type { EncodedDataset } from "@dqrm/data";

const NO_DENSE = new Float32Array(0);

/**
 * Gives a dataset without dense features one that is always 1, for a DLRM's bottom layers need an input.
 *
 * The bottom output is then one vector for all samples, which training learns as it learns a bias.
 */
export function withConstantDense(dataset: EncodedDataset): EncodedDataset {
  if (dataset.denseFeatures > 0) return dataset;
  return {
    ...dataset,
    denseFeatures: 1,
    fill(numbers, begin, end, into) {
      const inner = { ...into, dense: NO_DENSE };
      dataset.fill(numbers, begin, end, inner);
      into.size = inner.size;
      into.bags = inner.bags;
      into.dense.fill(1, 0, inner.size);
    },
    close: () => {
      dataset.close();
    },
  };
}
