import { DqrmError, type Arena } from "@dqrm/core";
import type { Heap } from "./heap.ts";

/**
 * Creates an arena inside the memory of the kernels, which read its views without copies.
 *
 * Views are taken from segments, as in core's arena; they live as long as the memory.
 *
 * @throws VALUE when segmentBytes is not an integer >= 0; a view throws LIMIT when the memory is full
 */
export function createWasmArena(buffer: ArrayBufferLike, heap: Heap, segmentBytes: number): Arena {
  checkCount("createArena", "segmentBytes", segmentBytes);
  let segment = 0;
  let position = segmentBytes;
  let usedBytes = 0;

  const take = (length: number, elementBytes: number): number => {
    checkCount("arena", "length", length);
    const bytes = Math.ceil((length * elementBytes) / 64) * 64;
    let address: number;
    if (bytes >= segmentBytes) address = heap.allocateZeroed(bytes);
    else {
      if (position + bytes > segmentBytes) {
        segment = heap.allocateZeroed(segmentBytes);
        position = 0;
      }
      address = segment + position;
      position += bytes;
    }
    usedBytes += bytes;
    return address;
  };

  return {
    float32: (length) => new Float32Array(buffer, take(length, 4), length),
    int32: (length) => new Int32Array(buffer, take(length, 4), length),
    uint8: (length) => new Uint8Array(buffer, take(length, 1), length),
    get usedBytes() {
      return usedBytes;
    },
  };
}

function checkCount(op: string, what: string, count: number): void {
  if (Number.isInteger(count) && count >= 0) return;
  throw new DqrmError("VALUE", { op, what, expected: "an integer >= 0", actual: String(count) });
}
