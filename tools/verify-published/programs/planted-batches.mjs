import { batches, plantedDataset } from "@dqrm/data";

const { dataset, probabilities } = plantedDataset({ rows: 1000, seed: 3, tableRows: [10, 100] });
const order = { kind: "shuffled", key: { seed: 1, stream: 0 } };

/** Reads one pass as text, so that two passes can be compared. */
function pass() {
  const texts = [];
  for (const { labels, size } of batches(dataset, { batchSize: 64, order, firstBatch: 0 })) {
    texts.push(labels.subarray(0, size).join(""));
  }
  return texts.join("");
}

const first = pass();
if (first !== pass()) throw new Error("two passes give different batches");
if (first.length !== 1000) throw new Error(`a pass gives ${first.length} of 1000 samples`);
if (probabilities.some((p) => !(p > 0 && p < 1))) throw new Error("a planted probability is not one");
