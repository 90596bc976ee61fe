import type { Heap } from "../runtime/heap.ts";

/** Keeps what one plan holds of the memory, so that it can be given back in one piece. */
export interface PlanMemory {
  /** Takes zeroed room for `count` numbers of 4 bytes. */
  words(count: number): number;
  bytes(count: number): number;
  /** Gives back one part before the others. */
  release(address: number): void;
}

/** Gives parts back to their heap when the plan that held them is collected: plans have no end of their own. */
const collected = new FinalizationRegistry<{ readonly heap: Heap; readonly parts: Set<number> }>(
  ({ heap, parts }) => {
    for (const address of parts) heap.release(address);
  },
);

/** Creates the memory of a plan; it is given back after `owner` was collected. */
export function createPlanMemory(heap: Heap, owner: object): PlanMemory {
  const parts = new Set<number>();
  collected.register(owner, { heap, parts });
  const bytes = (count: number): number => {
    const address = heap.allocateZeroed(count);
    parts.add(address);
    return address;
  };
  return {
    bytes,
    words: (count) => bytes(4 * count),
    release(address) {
      parts.delete(address);
      heap.release(address);
    },
  };
}
