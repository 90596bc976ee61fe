import type { Jagged } from "@dqrm/core";
import { checkBags, failIndex } from "@dqrm/core/checks";

/** Lists the indices of bags one after the other, with the bag of each and what its row is multiplied by. */
export interface FlatBags {
  readonly rows: Int32Array;
  readonly bags: Int32Array;
  /** Weights, divided by the number of the bag's indices for mean. */
  readonly factors: Float32Array;
}

/**
 * Flattens bags [0, size) of a table's rows.
 *
 * @throws INDEX_RANGE when an index is outside [0, rows); VALUE or SHAPE when the bags do not fit together
 */
export function flattenBags(
  bags: Jagged,
  { mean, rows, size }: { readonly rows: number; readonly size: number; readonly mean: boolean },
): FlatBags {
  const op = "tables as variables";
  checkBags(op, bags, 0, size);
  const { indices, offsets, weights } = bags;
  const begin = offsets[0];
  const count = offsets[size] - begin;
  const bagOf = new Int32Array(count);
  const factors = new Float32Array(count);
  for (let bag = 0; bag < size; bag++) {
    const divisor = mean ? offsets[bag + 1] - offsets[bag] : 1;
    for (let position = offsets[bag]; position < offsets[bag + 1]; position++) {
      const index = indices[position];
      if (index < 0 || index >= rows) failIndex(op, position, index, rows);
      bagOf[position - begin] = bag;
      factors[position - begin] = (weights === undefined ? 1 : weights[position]) / divisor;
    }
  }
  return { rows: indices.subarray(begin, offsets[size]), bags: bagOf, factors };
}
