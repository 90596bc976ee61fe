import { DqrmError } from "@dqrm/core";
import { deviceError } from "./device-error.ts";

/** Storage of shaders, copied from and to. */
const USAGE: Readonly<Record<"storage" | "uniform" | "read", number>> = {
  storage: 0x80 | 0x08 | 0x04,
  uniform: 0x40 | 0x08,
  read: 0x01 | 0x08,
};

/** Names what a buffer is for: storage of shaders, a uniform, or reading back. */
export type BufferUse = keyof typeof USAGE;

/** Buffers of up to this many bytes share a size, so that one that was released serves the next. */
const LEAST_BYTES = 256;

/** Released buffers of each size that are kept. */
const MOST_KEPT = 16;

/** Holds the buffers of a device, within its limits and a budget. */
export interface DeviceMemory {
  /**
   * Gives a buffer of at least so many bytes, from those released or a new one.
   *
   * @throws LIMIT before anything is allocated; DEVICE when the device has no room
   */
  take(use: BufferUse, bytes: number): GPUBuffer;
  /** Gives a storage buffer of so many bytes and no more, for what stays. @throws LIMIT, DEVICE as `take` */
  hold(bytes: number): GPUBuffer;
  /** Takes a buffer back for the next of its size. */
  release(use: BufferUse, buffer: GPUBuffer): void;
  /** Frees a buffer. */
  free(buffer: GPUBuffer): void;
  readonly usedBytes: number;
}

/** Counts the bytes of a buffer: powers of two, so that few sizes serve all. */
function sizeOf(bytes: number): number {
  if (bytes <= LEAST_BYTES) return LEAST_BYTES;
  return 2 ** Math.ceil(Math.log2(bytes));
}

/**
 * Counts the bytes that a buffer will take.
 *
 * @throws LIMIT when it is more than a buffer or a binding of the device holds
 */
function checkedSize({ limits }: GPUDevice, use: BufferUse, bytes: number, size: number): number {
  const binding = use === "storage" ? limits.maxStorageBufferBindingSize : Infinity;
  const maximum = Math.min(binding, limits.maxBufferSize);
  if (bytes > maximum) {
    const what = `bytes of a ${use} buffer`;
    throw new DqrmError("LIMIT", { what, limit: "the device's", maximum, actual: bytes });
  }
  return Math.min(size, 4 * Math.floor(maximum / 4));
}

/** Opens the memory of a device. */
export function openMemory(device: GPUDevice, budgetBytes: number): DeviceMemory {
  const kept = new Map<string, GPUBuffer[]>();
  let usedBytes = 0;

  function create(use: BufferUse, size: number): GPUBuffer {
    if (usedBytes + size > budgetBytes) {
      const facts = { limit: "memoryBytes", maximum: budgetBytes, actual: usedBytes + size };
      throw new DqrmError("LIMIT", { what: "bytes on the device", ...facts });
    }
    try {
      const buffer = device.createBuffer({ size, usage: USAGE[use] });
      usedBytes += size;
      return buffer;
    } catch (error) {
      throw deviceError(`no room for a buffer of ${size} bytes`, error);
    }
  }

  function free(buffer: GPUBuffer): void {
    usedBytes -= buffer.size;
    buffer.destroy();
  }

  return {
    take(use, bytes) {
      const size = checkedSize(device, use, bytes, sizeOf(bytes));
      return kept.get(`${use} ${size}`)?.pop() ?? create(use, size);
    },
    hold: (bytes) => create("storage", checkedSize(device, "storage", bytes, 4 * Math.ceil(bytes / 4))),
    release(use, buffer) {
      const key = `${use} ${buffer.size}`;
      const list = kept.get(key) ?? [];
      kept.set(key, list);
      if (list.length < MOST_KEPT) list.push(buffer);
      else free(buffer);
    },
    free,
    get usedBytes() {
      return usedBytes;
    },
  };
}
