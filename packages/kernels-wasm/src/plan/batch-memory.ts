import { DqrmError, type Batch, type Jagged } from "@dqrm/core";
import { checkBags, failIndex } from "@dqrm/core/checks";
import type { Runtime } from "../runtime/runtime.ts";
import type { ModelMemory } from "./model-memory.ts";
import { TABLE, wordOf } from "./records.ts";

const INDICES = wordOf(TABLE, "indices");
const OFFSETS = wordOf(TABLE, "offsets");
const BAG_WEIGHTS = wordOf(TABLE, "bagWeights");
const POSITIONS = wordOf(TABLE, "positions");

/** Brings batches into the memory of a plan. */
export interface BatchMemory {
  /**
   * Takes a batch that {@link checkBatch} passed, and returns how many terms of which factor a gradient of it may have.
   *
   * @throws SHAPE or VALUE when the last offset or the weights do not fit the indices
   * @cost copies what lies outside the memory; allocates when bags bring more indices than all before
   */
  take(batch: Batch): number;
  /** Indices of the largest set of bags that may come without another allocation. */
  readonly positions: number;
}

interface Room {
  at: number;
  words: number;
}

/** Prepares the taking of batches. */
export function createBatchMemory(runtime: Runtime, memory: ModelMemory, denseFeatures: number): BatchMemory {
  const { parts } = memory;
  const { buffer } = runtime.memory;
  const integers = new Int32Array(buffer);
  const floats = new Float32Array(buffer);
  const records = memory.tables.map((table) => table / 4);
  const rooms = records.map(() => ({ indices: noRoom(), offsets: noRoom(), weights: noRoom() }));
  let positions = 0;

  const place = (array: Int32Array | Float32Array, count: number, room: Room): number => {
    if (runtime.owns(array.buffer)) return array.byteOffset;
    if (room.words < count) {
      if (room.at !== 0) parts.release(room.at);
      room.words = Math.max(count, 2 * room.words);
      room.at = parts.words(room.words);
    }
    const values = array.length === count ? array : array.subarray(0, count);
    (array instanceof Int32Array ? integers : floats).set(values, room.at / 4);
    return room.at;
  };

  return {
    take({ bags, dense, size }) {
      memory.dense.set(dense.subarray(0, size * denseFeatures));
      let terms = size;
      for (let f = 0; f < bags.length; f++) {
        const { indices, offsets, weights } = bags[f];
        const count = offsets[size];
        if (!(count >= 0 && count <= indices.length)) checkBags("embeddingBag", bags[f], 0, size);
        if (weights !== undefined && weights.length < count) checkBags("embeddingBag", bags[f], 0, size);
        positions = Math.max(positions, count);
        terms = Math.max(terms, count * (weights === undefined ? 1 : largest(weights, count)));
        const record = records[f];
        integers[record + INDICES] = place(indices, count, rooms[f].indices);
        integers[record + OFFSETS] = place(offsets, size + 1, rooms[f].offsets);
        integers[record + BAG_WEIGHTS] = weights === undefined ? 0 : place(weights, count, rooms[f].weights);
        integers[record + POSITIONS] = count;
      }
      return terms;
    },
    get positions() {
      return positions;
    },
  };
}

function noRoom(): Room {
  return { at: 0, words: 0 };
}

/** Finds the largest magnitude of a bag's factors, and at least 1; NaN when one of them is. */
function largest(weights: Float32Array, count: number): number {
  let most = 1;
  for (let i = 0; i < count; i++) most = Math.max(most, Math.abs(weights[i]));
  return most;
}

/**
 * Reports what is wrong with bags that a job refused.
 *
 * @throws VALUE for offsets that fall; INDEX_RANGE for the first index outside its table; STATE when nothing is wrong
 */
export function failBags(op: string, bags: readonly Jagged[], rows: readonly number[], size: number): never {
  bags.forEach((bag, f) => {
    checkBags(op, bag, 0, size);
    for (let position = bag.offsets[0]; position < bag.offsets[size]; position++) {
      const row = bag.indices[position];
      if (row < 0 || row >= rows[f]) failIndex(op, position, row, rows[f]);
    }
  });
  throw new DqrmError("STATE", {
    op,
    expected: "bags that stay as they are during a call",
    actual: "they changed",
  });
}
