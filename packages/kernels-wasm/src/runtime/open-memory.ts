/** Bytes in a page of WebAssembly memory. */
export const PAGE_BYTES: number = 1 << 16;

/** Pages that 32-bit addresses reach: 4 GiB. */
export const MAX_PAGES: number = 1 << 16;

/** Pages below which nothing of use fits; a host that has no room for them has no room for the kernels. */
const LEAST_PAGES = 1 << 8;

/** Holds a memory of fixed size, so that views of it stay valid, and says whether threads may share it. */
export interface OpenMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
}

/**
 * Opens the memory of the kernels: shared where the host allows it, else one of its own.
 *
 * All pages are there from the start, because growth would detach the views of an unshared memory; a page costs
 * nothing until it is touched. A host that refuses so many is asked for half; one that has no room at all throws an
 * error of its own.
 */
export function openMemory(maximumPages: number, mayShare: boolean): OpenMemory {
  const shared = mayShare && typeof SharedArrayBuffer === "function";
  for (let pages = maximumPages; ; pages = Math.floor(pages / 2)) {
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
      // Engines exist whose arrays are shorter than their memories.
      new Uint8Array(memory.buffer);
      return { memory, shared };
    } catch (error) {
      if (pages / 2 >= LEAST_PAGES) continue;
      if (!shared) throw error;
      return openMemory(maximumPages, false);
    }
  }
}
