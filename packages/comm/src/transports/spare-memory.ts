/** Keeps the memory of messages that were read, for later ones. */
export interface SpareMemory {
  /** Gives an array of so many bytes, whose contents are any. */
  take(length: number): Uint8Array<ArrayBuffer>;
  /** Keeps the memory of an array that nobody reads any more. */
  give(bytes: Uint8Array): void;
}

/** Bounds the arrays that are kept; more are left to the collector. */
export const MAX_SPARE_ARRAYS = 256;

/** Bounds the bytes that are kept, all together: the messages of a step of a large model have fewer. */
export const MAX_SPARE_BYTES: number = 2 ** 26;

/** Shorter messages cost the collector next to nothing. */
const LEAST_BYTES = 1024;

/** A message takes no memory that is larger than this many times its own. */
const MOST_WASTE = 4;

/**
 * Creates a store of memory, empty at first.
 *
 * A collector of JavaScript hears of arrays by their bytes: a few megabytes of messages in each step make it walk through the whole
 * heap every few steps, for as long as an exchange takes.
 */
export function createSpareMemory(): SpareMemory {
  const spare: ArrayBuffer[] = [];
  let total = 0;
  return {
    take(length) {
      if (length < LEAST_BYTES) return new Uint8Array(length);
      const found = bestFit(spare, length);
      // The next message of the same parameters is a little longer or shorter.
      if (found < 0) return new Uint8Array(new ArrayBuffer(length + (length >> 3)), 0, length);
      const [buffer] = spare.splice(found, 1);
      total -= buffer.byteLength;
      return new Uint8Array(buffer, 0, length);
    },
    give({ buffer }) {
      // What was given away has no bytes.
      if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < LEAST_BYTES) return;
      if (spare.includes(buffer) || buffer.byteLength > MAX_SPARE_BYTES) return;
      spare.push(buffer);
      total += buffer.byteLength;
      while (spare.length > MAX_SPARE_ARRAYS || total > MAX_SPARE_BYTES) {
        total -= spare.shift()?.byteLength ?? 0;
      }
    },
  };
}

function bestFit(spare: readonly ArrayBuffer[], length: number): number {
  let best = -1;
  let least = MOST_WASTE * length + 1;
  for (const [i, { byteLength }] of spare.entries()) {
    if (byteLength < length || byteLength >= least) continue;
    best = i;
    least = byteLength;
  }
  return best;
}
