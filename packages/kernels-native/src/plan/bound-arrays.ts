import type { Batch } from "@dqrm/core";

/** Tells the addon where an array lies. */
type Bind = (slot: number, array: ArrayBufferView | undefined) => void;

/** Keeps the addon informed of the arrays of a batch, at no cost while a caller uses the same arrays again. */
export interface BoundArrays {
  /** Binds what differs from the batch before, and the array that comes second: labels, or where predictions go. */
  update(batch: Pick<Batch, "bags" | "dense">, second: Float32Array): void;
}

/**
 * Binds the arrays of batches by identity and length: an array that was resized or transferred has another length.
 *
 * The arrays that are bound are kept alive until others take their place.
 *
 * @cost one comparison for each array, and a call of the addon for each that changed
 */
export function createBoundArrays(bind: Bind): BoundArrays {
  const ints: Int32Array[] = [];
  const intCounts: number[] = [];
  const floats: (Float32Array | undefined)[] = [];
  const floatCounts: number[] = [];

  const placeInts = (slot: number, k: number, array: Int32Array): void => {
    bind(slot, array);
    ints[k] = array;
    intCounts[k] = countInts(array);
  };
  const placeFloats = (slot: number, k: number, array: Float32Array | undefined): void => {
    bind(slot, array);
    floats[k] = array;
    floatCounts[k] = countFloats(array);
  };
  const isPlacedInts = (k: number, array: Int32Array): boolean =>
    k < ints.length && ints[k] === array && intCounts[k] === countInts(array);
  const isPlacedFloats = (k: number, array: Float32Array | undefined): boolean =>
    k < floats.length && floats[k] === array && floatCounts[k] === countFloats(array);

  return {
    update({ bags, dense }, second) {
      if (!isPlacedFloats(0, dense)) placeFloats(0, 0, dense);
      if (!isPlacedFloats(1, second)) placeFloats(1, 1, second);
      for (let f = 0; f < bags.length; f++) {
        const { indices, offsets, weights } = bags[f];
        if (!isPlacedInts(2 * f, indices)) placeInts(2 + 3 * f, 2 * f, indices);
        if (!isPlacedInts(2 * f + 1, offsets)) placeInts(3 + 3 * f, 2 * f + 1, offsets);
        if (!isPlacedFloats(f + 2, weights)) placeFloats(4 + 3 * f, f + 2, weights);
      }
    },
  };
}

const lengthGetter = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Float32Array.prototype),
  "length",
)?.get;

// The engine compiles each of these for arrays of one kind; whatever a property of an array's own says, its getter tells
// how much memory is left.
function countInts(array: Int32Array): number {
  // The getter of every typed array gives a number.
  return lengthGetter?.call(array) as number;
}

/** Counts the floats that an array holds, whatever a property of its own says. */
export function countFloats(array: Float32Array | undefined): number {
  if (array === undefined) return 0;
  // The getter of every typed array gives a number.
  return lengthGetter?.call(array) as number;
}

/**
 * Remembers the buffers of arrays whose memory a plan works on, and tells when one was resized or transferred.
 *
 * @cost one comparison for each buffer that can be taken away; shared ones cannot
 */
export function createLengthWatch(arrays: readonly ArrayBufferView[]): () => boolean {
  const buffers = [...new Set(arrays.map(({ buffer }) => buffer))];
  // Bytes of one kind, whatever the arrays hold: the engine compares their lengths in a few instructions.
  const views = buffers.filter(isTransferable).map((buffer) => new Uint8Array(buffer));
  const lengths = views.map(({ length }) => length);
  return function intact() {
    for (let i = 0; i < views.length; i++) {
      if (views[i].length !== lengths[i]) return false;
    }
    return true;
  };
}

function isTransferable(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return Object.prototype.toString.call(buffer) === "[object ArrayBuffer]";
}
