import { batches, memoryDataset, type BatchOptions, type EncodedDataset } from "@dqrm/data";

/** Creates a dataset whose dense value, label and bag length (0 to 2) all tell the sample's number. */
export function numbered(samples: number): EncodedDataset {
  const offsets = new Int32Array(samples + 1);
  for (let i = 0; i < samples; i++) offsets[i + 1] = offsets[i] + (i % 3);
  const bagged = new Int32Array(offsets[samples]);
  for (let i = 0; i < samples; i++) bagged.fill(i, offsets[i], offsets[i + 1]);
  return memoryDataset({
    denseFeatures: 1,
    features: [
      { name: "one", rows: Math.max(1, samples) },
      { name: "bag", rows: Math.max(1, samples) },
    ],
    dense: Float32Array.from({ length: samples }, (_, i) => i),
    labels: Float32Array.from({ length: samples }, (_, i) => i % 2),
    columns: [{ indices: Int32Array.from({ length: samples }, (_, i) => i) }, { indices: bagged, offsets }],
  });
}

/** Reads the sample numbers of a pass over a numbered dataset, checking that all arrays of a batch agree. */
export function drain(dataset: EncodedDataset, options: BatchOptions): number[] {
  const seen: number[] = [];
  for (const batch of batches(dataset, options)) {
    for (let i = 0; i < batch.size; i++) {
      const number = batch.dense[i];
      const [one, bag] = batch.bags;
      const indices = [...bag.indices.subarray(bag.offsets[i], bag.offsets[i + 1])];
      const expected = Array.from({ length: number % 3 }, () => number);
      if (batch.labels[i] !== number % 2 || one.indices[i] !== number || indices.join() !== expected.join()) {
        throw new Error(`sample ${number} is torn: ${batch.labels[i]}, ${one.indices[i]}, ${indices.join()}`);
      }
      seen.push(number);
    }
  }
  return seen;
}
