import type { KernelMemory } from "./kernel-memory.ts";
import { createScratch, type Scratch } from "./scratch.ts";

export type { KernelMemory } from "./kernel-memory.ts";

/** Lists the arrays that kernels exchange. */
export type KernelArray = Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

/**
 * Lends arrays to kernels: in place where they lie in the memory, else as copies in scratch that live until the next
 * call begins.
 *
 * Every pointer is where element 0 would stand, so that a kernel indexes as the caller does.
 */
export interface Stage extends Scratch {
  /** The whole memory as numbers: element p / 4 stands at pointer p. */
  readonly floats: Float32Array;
  readonly integers: Int32Array;
  readonly bytes: Uint8Array;
  owns(array: KernelArray): boolean;
  /** Takes the integers 0, 1, ... count - 1. */
  count(count: number): number;
  /** Lends elements [from, to) to be read. */
  read(array: KernelArray, from: number, to: number): number;
  /** Lends room for elements [from, to), whose contents are not copied in. */
  room(array: KernelArray, from: number, to: number): number;
  /** Gives elements [from, to) back to an array that was lent by copy. */
  give(array: KernelArray, from: number, to: number, pointer: number): void;
}

/**
 * Creates what lends arrays to the kernels of one thread.
 *
 * @cost one view for each array that has to be copied
 */
export function createStage(memory: KernelMemory): Stage {
  const { open, take } = createScratch(memory);
  const bytes = memory.bytes();
  const integers = new Int32Array(bytes.buffer);
  const owns = (array: KernelArray): boolean => memory.owns(array.buffer);

  const room = (array: KernelArray, from: number, to: number): number =>
    owns(array)
      ? array.byteOffset
      : take((to - from) * array.BYTES_PER_ELEMENT) - from * array.BYTES_PER_ELEMENT;

  return {
    floats: new Float32Array(bytes.buffer),
    integers,
    bytes,
    open,
    take,
    owns,
    room,
    count(count) {
      const pointer = take(4 * count);
      const at = pointer / 4;
      for (let i = 0; i < count; i++) integers[at + i] = i;
      return pointer;
    },
    read(array, from, to) {
      const pointer = room(array, from, to);
      if (!owns(array)) bytes.set(bytesOf(array, from, to), pointer + from * array.BYTES_PER_ELEMENT);
      return pointer;
    },
    give(array, from, to, pointer) {
      if (owns(array)) return;
      const size = array.BYTES_PER_ELEMENT;
      bytesOf(array, from, to).set(bytes.subarray(pointer + from * size, pointer + to * size));
    },
  };
}

function bytesOf(array: KernelArray, from: number, to: number): Uint8Array {
  const size = array.BYTES_PER_ELEMENT;
  return new Uint8Array(array.buffer, array.byteOffset + from * size, (to - from) * size);
}
