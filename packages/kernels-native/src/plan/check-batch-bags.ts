import { DqrmError, type Batch, type ModelSpec } from "@dqrm/core";
import { checkBags, failIndex } from "@dqrm/core/checks";

/**
 * Checks every bag of a batch, as the kernels that look rows up do.
 *
 * @throws VALUE when an offset falls or points past the indices; SHAPE when there are fewer weights; INDEX_RANGE
 * @cost O(indices); a plan asks for it only after the addon refused a batch
 */
export function checkBatchBags(op: string, { features, tables }: ModelSpec, { bags, size }: Batch): void {
  features.forEach((feature, f) => {
    if (feature.kind !== "table") return;
    const { rows } = tables[feature.table];
    const { indices, offsets } = bags[f];
    checkBags(op, bags[f], 0, size);
    for (let position = offsets[0]; position < offsets[size]; position++) {
      if (indices[position] < 0 || indices[position] >= rows)
        failIndex(op, position, indices[position], rows);
    }
  });
}

/**
 * Checks that every label of a batch is a probability, as the loss kernels do.
 *
 * @throws VALUE naming the sample
 */
export function checkLabelRange(op: string, { labels, size }: Batch): void {
  for (let i = 0; i < size; i++) {
    if (labels[i] >= 0 && labels[i] <= 1) continue;
    throw new DqrmError("VALUE", {
      op,
      what: `labels[${i}]`,
      expected: "in [0, 1]",
      actual: String(labels[i]),
    });
  }
}
