import { ALIGNMENT_BYTES } from "@dqrm/core";
import type { KernelMemory } from "./kernel-memory.ts";

/** Lends memory for the length of one call. */
export interface Scratch {
  /** Begins a call: all of it is free again. */
  open(): void;
  /** Takes bytes that nobody clears; they stay where they are until the next call begins. */
  take(bytes: number): number;
}

/** What the bags of a small batch need. */
const FIRST_BYTES = 1 << 16;

/**
 * Creates the scratch of one thread.
 *
 * @cost it grows to what the largest call took; a call that needs no more allocates nothing
 */
export function createScratch(memory: KernelMemory): Scratch {
  let blocks = [{ pointer: memory.allocate(FIRST_BYTES), bytes: FIRST_BYTES }];
  let used = 0;
  return {
    open() {
      used = 0;
      if (blocks.length === 1) return;
      // The last block is the largest; those before it were outgrown in the call before.
      for (const { pointer } of blocks.slice(0, -1)) memory.release(pointer);
      blocks = blocks.slice(-1);
    },
    take(bytes) {
      const needed = Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      let last = blocks[blocks.length - 1];
      if (used + needed > last.bytes) {
        const grown = Math.max(needed, 2 * last.bytes);
        last = { pointer: memory.allocate(grown), bytes: grown };
        blocks.push(last);
        used = 0;
      }
      used += needed;
      return last.pointer + used - needed;
    },
  };
}
