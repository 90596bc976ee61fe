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
  const arrays: (ArrayBufferView | undefined)[] = [];
  const lengths: number[] = [];

  const place = (slot: number, array: Float32Array | Int32Array | undefined): void => {
    const length = array === undefined ? 0 : elementsOf(array);
    if (slot < arrays.length && arrays[slot] === array && lengths[slot] === length) return;
    bind(slot, array);
    arrays[slot] = array;
    lengths[slot] = length;
  };

  return {
    update({ bags, dense }, second) {
      place(0, dense);
      place(1, second);
      for (let f = 0; f < bags.length; f++) {
        const { indices, offsets, weights } = bags[f];
        place(2 + 3 * f, indices);
        place(3 + 3 * f, offsets);
        place(4 + 3 * f, weights);
      }
    },
  };
}

const lengthGetter = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Float32Array.prototype),
  "length",
)?.get;

/** Counts the elements that an array has, whatever a property of its own says: memory may be gone that it counts. */
function elementsOf(array: Float32Array | Int32Array): number {
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
