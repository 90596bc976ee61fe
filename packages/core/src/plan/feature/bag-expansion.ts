import type { Jagged } from "../../format/jagged.ts";
import { checkBags, failIndex } from "../../reference/checks.ts";

/** Says which rows of a table stand for an index. */
export interface BagExpansionSpec {
  /** Indices lie in [0, rows). */
  readonly rows: number;
  /** Rows of the table for each index. */
  readonly parts: number;
  readonly row: (index: number, part: number) => number;
  /** Absent when all parts count with sign 1. */
  readonly sign?: (index: number, part: number) => number;
}

/** Gives the bags of table rows that bags [0, size) of indices stand for; valid until the next call. */
export type BagExpansion = (bags: Jagged, size: number) => Jagged;

/**
 * Prepares the replacement of each bag by `parts` bags, side by side: bag b · parts + p holds part p of each of its rows.
 *
 * @throws INDEX_RANGE from its function; SHAPE or VALUE when the bags do not fit together
 * @cost O(indices × parts); allocates when their number exceeds all before
 */
export function createBagExpansion(op: string, spec: BagExpansionSpec): BagExpansion {
  const { parts, row, rows, sign } = spec;
  let indices = new Int32Array(0);
  let weights = new Float32Array(0);
  let offsets = new Int32Array(0);
  return function expand(bags, size) {
    checkBags(op, bags, 0, size);
    const count = bags.offsets[size] * parts;
    if (indices.length < count) indices = new Int32Array(Math.max(count, 2 * indices.length));
    if (offsets.length <= size * parts) offsets = new Int32Array(2 * size * parts + 1);
    const weighted = bags.weights !== undefined || sign !== undefined;
    if (weighted && weights.length < count) weights = new Float32Array(indices.length);
    let at = 0;
    for (let b = 0; b < size; b++) {
      for (let part = 0; part < parts; part++) {
        offsets[b * parts + part] = at;
        for (let position = bags.offsets[b]; position < bags.offsets[b + 1]; position++) {
          const index = bags.indices[position];
          if (index < 0 || index >= rows) failIndex(op, position, index, rows);
          indices[at] = row(index, part);
          if (weighted) weights[at] = (bags.weights?.[position] ?? 1) * (sign?.(index, part) ?? 1);
          at++;
        }
      }
    }
    offsets[size * parts] = at;
    return {
      indices: indices.subarray(0, at),
      offsets: offsets.subarray(0, size * parts + 1),
      ...(weighted ? { weights: weights.subarray(0, at) } : {}),
    };
  };
}
