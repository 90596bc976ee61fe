import { batches, plantedDataset } from "@dqrm/data";

/** Rows of each table. */
export const TABLE_ROWS = [10, 50, 200];

/** Dense features. */
export const DENSE = 4;

/**
 * Gives batches of clicks whose probabilities are known to the generator, as plain arrays.
 *
 * @param {{ rows: number, seed: number, batchSize: number }} options
 */
export function* clicks({ batchSize, rows, seed }) {
  const { dataset } = plantedDataset({ rows, seed, tableRows: TABLE_ROWS, denseFeatures: DENSE });
  for (const batch of batches(dataset, { batchSize, order: { kind: "file" }, firstBatch: 0 })) {
    const { bags, dense, labels, size } = batch;
    yield {
      size,
      dense: dense.slice(0, size * DENSE),
      labels: labels.slice(0, size),
      categories: bags.map(({ indices }) => indices.slice(0, size)),
    };
  }
}
