import { batches, type EncodedDataset } from "@dqrm/data";

/** A sample as plain values. */
export interface PlainSample {
  readonly label: number;
  readonly dense: readonly number[];
  readonly bags: readonly (readonly number[])[];
}

/** Copies all samples out of the reused batch, in file order or shuffled. */
export function readSamples(dataset: EncodedDataset, shuffleSeed?: number): PlainSample[] {
  const samples: PlainSample[] = [];
  const order =
    shuffleSeed === undefined
      ? ({ kind: "file" } as const)
      : ({ kind: "shuffled", key: { seed: shuffleSeed, stream: 0 } } as const);
  const width = dataset.denseFeatures;
  for (const { size, labels, dense, bags } of batches(dataset, { batchSize: 7, order, firstBatch: 0 })) {
    for (let i = 0; i < size; i++) {
      samples.push({
        label: labels[i],
        dense: [...dense.subarray(i * width, (i + 1) * width)],
        bags: bags.map(({ indices, offsets }) => [...indices.subarray(offsets[i], offsets[i + 1])]),
      });
    }
  }
  return samples;
}
