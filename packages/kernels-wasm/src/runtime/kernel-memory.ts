/** Gives kernels the memory of a module. */
export interface KernelMemory {
  /** Tells whether a buffer is the memory itself, so that views of it are read and written in place. */
  owns(buffer: ArrayBufferLike): boolean;
  /** Views the whole memory, which has a fixed size. */
  bytes(): Uint8Array;
  /** @throws LIMIT when no part of the memory is so large */
  allocate(bytes: number): number;
  release(pointer: number): void;
}
