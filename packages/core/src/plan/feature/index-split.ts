import type { Jagged } from "../../format/jagged.ts";

/** Holds the bags of quotients and of remainders that one set of bags gave; valid until the next update. */
export interface IndexSplit {
  quotient: Jagged;
  remainder: Jagged;
  update(bags: Jagged): void;
}

/**
 * Prepares the split of row x into row ⌊x/c⌋ of one table and row x mod c of another.
 *
 * @source facebookresearch/dlrm tricks/qr_embedding_bag.py
 * @cost O(indices); allocates when their number exceeds all before
 */
export function createIndexSplit(collisions: number): IndexSplit {
  let quotients = new Int32Array(0);
  let remainders = new Int32Array(0);
  const empty: Jagged = { indices: quotients, offsets: new Int32Array(1) };
  const split: IndexSplit = {
    quotient: empty,
    remainder: empty,
    update(bags) {
      const { indices } = bags;
      const count = indices.length;
      if (quotients.length < count) {
        quotients = new Int32Array(Math.max(count, 2 * quotients.length));
        remainders = new Int32Array(quotients.length);
      }
      for (let i = 0; i < count; i++) {
        quotients[i] = Math.floor(indices[i] / collisions);
        remainders[i] = indices[i] - quotients[i] * collisions;
      }
      split.quotient = { ...bags, indices: quotients.subarray(0, count) };
      split.remainder = { ...bags, indices: remainders.subarray(0, count) };
    },
  };
  return split;
}
