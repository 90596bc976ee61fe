import { ALIGNMENT_BYTES, DqrmError } from "@dqrm/core";

/** Hands out aligned parts of a memory by their addresses. */
export interface Heap {
  /**
   * @throws LIMIT when no part of the memory is so large
   * @cost O(free parts)
   */
  allocate(bytes: number): number;
  /** Allocates bytes that are all zero. @cost O(bytes) where the part was in use before, nothing where it was not */
  allocateZeroed(bytes: number): number;
  /** Gives back what allocate returned; unknown addresses are a STATE error. */
  release(address: number): void;
  readonly usedBytes: number;
}

interface Part {
  address: number;
  bytes: number;
}

/**
 * Creates a first-fit heap over [begin, end) of a memory; freed neighbours merge.
 *
 * @throws VALUE when the bounds are not aligned
 */
export function createHeap(memory: Uint8Array, begin: number, end: number): Heap {
  const free: Part[] = [{ address: begin, bytes: end - begin }];
  const used = new Map<number, number>();
  let touched = begin;
  let usedBytes = 0;

  const allocate = (bytes: number): number => {
    const needed = Math.max(1, Math.ceil(bytes / ALIGNMENT_BYTES)) * ALIGNMENT_BYTES;
    const at = free.findIndex((part) => part.bytes >= needed);
    if (at < 0) throw fullError(usedBytes + needed, end);
    const part = free[at];
    const { address } = part;
    part.address += needed;
    part.bytes -= needed;
    if (part.bytes === 0) free.splice(at, 1);
    used.set(address, needed);
    usedBytes += needed;
    return address;
  };

  return {
    allocate(bytes) {
      const address = allocate(bytes);
      touched = Math.max(touched, address + bytes);
      return address;
    },
    allocateZeroed(bytes) {
      const address = allocate(bytes);
      // Pages that nobody wrote to are zero; to clear them would make the host find room for all of them.
      memory.fill(0, address, Math.max(address, Math.min(address + bytes, touched)));
      touched = Math.max(touched, address + bytes);
      return address;
    },
    release(address) {
      const bytes = used.get(address);
      if (bytes === undefined) {
        const actual = `${address} is in nobody's use`;
        throw new DqrmError("STATE", { op: "release", expected: "an address that allocate gave", actual });
      }
      used.delete(address);
      usedBytes -= bytes;
      insertPart(free, { address, bytes });
    },
    get usedBytes() {
      return usedBytes;
    },
  };
}

/** Puts a part where its address belongs, and joins it with the neighbours that it touches. */
function insertPart(free: Part[], part: Part): void {
  const found = free.findIndex(({ address }) => address > part.address);
  const at = found < 0 ? free.length : found;
  free.splice(at, 0, part);
  if (at + 1 < free.length && part.address + part.bytes === free[at + 1].address) {
    part.bytes += free[at + 1].bytes;
    free.splice(at + 1, 1);
  }
  if (at > 0 && free[at - 1].address + free[at - 1].bytes === part.address) {
    free[at - 1].bytes += part.bytes;
    free.splice(at, 1);
  }
}

function fullError(actual: number, maximum: number): DqrmError<"LIMIT"> {
  return new DqrmError("LIMIT", {
    what: "what the WebAssembly kernels hold, in bytes,",
    limit: "their memory (@dqrm/kernels-native has no such limit)",
    maximum,
    actual,
  });
}
