import { DqrmError } from "../errors.ts";

/** One cache line; a 16-column FP32 row fills exactly one when its table starts on a multiple. */
export const ALIGNMENT_BYTES = 64;

/** Largest segment an arena opens for small views: typed arrays, mmap and WebGPU bindings all reach this far. */
export const SEGMENT_BYTES: number = 2 ** 30;

/** Hands out aligned views of memory that worker threads and kernels can use without copies. */
export interface Arena {
  /** @throws VALUE when length is not an integer >= 0 */
  float32(length: number): Float32Array;
  int32(length: number): Int32Array;
  uint8(length: number): Uint8Array;
  /** Bytes handed out so far, padding included. */
  readonly usedBytes: number;
}

/**
 * Creates an arena of 64-byte-aligned views over `SharedArrayBuffer` segments.
 *
 * A view longer than a segment gets a segment of its own. Where the host has no `SharedArrayBuffer`, as a page that is
 * not cross-origin isolated, segments are plain buffers: there are no threads to share them with.
 *
 * @throws VALUE when segmentBytes is not an integer >= 0
 * @cost a segment is allocated when the current one is full; views are never freed one by one
 *
 * ```ts doctest
 * import { createArena } from "@dqrm/core";
 * const arena = createArena(1 << 20);
 * arena.uint8(3).length; // => 3
 * arena.float32(16).byteOffset % 64; // => 0
 * ```
 */
export function createArena(segmentBytes: number): Arena {
  checkCount("createArena", "segmentBytes", segmentBytes);
  let segment = openSegment(0);
  let position = 0;
  let usedBytes = 0;

  const take = (length: number, elementBytes: number): { buffer: ArrayBufferLike; offset: number } => {
    checkCount("arena", "length", length);
    const bytes = Math.ceil((length * elementBytes) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    usedBytes += bytes;
    if (bytes > segmentBytes) return { buffer: openSegment(bytes), offset: 0 };
    if (position + bytes > segment.byteLength) {
      segment = openSegment(segmentBytes);
      position = 0;
    }
    const offset = position;
    position += bytes;
    return { buffer: segment, offset };
  };

  return {
    float32: (length) => {
      const { buffer, offset } = take(length, 4);
      return new Float32Array(buffer, offset, length);
    },
    int32: (length) => {
      const { buffer, offset } = take(length, 4);
      return new Int32Array(buffer, offset, length);
    },
    uint8: (length) => {
      const { buffer, offset } = take(length, 1);
      return new Uint8Array(buffer, offset, length);
    },
    get usedBytes() {
      return usedBytes;
    },
  };
}

function openSegment(bytes: number): ArrayBufferLike {
  return typeof SharedArrayBuffer === "function" ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
}

function checkCount(op: string, what: string, count: number): void {
  if (Number.isInteger(count) && count >= 0) return;
  throw new DqrmError("VALUE", { op, what, expected: "an integer >= 0", actual: String(count) });
}
