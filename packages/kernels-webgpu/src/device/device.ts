import type { BridgeArray } from "@dqrm/device-bridge";
import { attempt } from "./attempt.ts";
import { deviceError } from "./device-error.ts";
import { openMemory, type DeviceMemory } from "./memory.ts";
import { MAX_SHARD_BYTES, type DeviceOptions } from "./device-options.ts";
import { openPipelines } from "./pipelines.ts";
import type { Program } from "./program.ts";
import { runProgram } from "./run-program.ts";
import { write } from "./write.ts";

/** Computes programs, and holds buffers between them. */
export interface Device {
  readonly name: string;
  /** Largest binding that a table is cut to. */
  readonly shardBytes: number;
  /** Whether shaders can compute in f16. */
  readonly halves: boolean;
  readonly memory: DeviceMemory;
  /**
   * Allocates a resident buffer of so many bytes, with data at its front, and gives its number.
   *
   * @throws LIMIT before anything is allocated; DEVICE when the device is lost or has no room
   */
  allocate(bytes: number, data?: BridgeArray): Promise<number>;
  /** Frees a resident buffer. */
  dispose(resident: number): void;
  /**
   * Runs a program in one submission and gives what it reads back.
   *
   * @throws DEVICE when the device is lost, or refuses
   */
  run(program: Program): Promise<readonly Uint8Array[]>;
  /** Gives the device up. */
  destroy(): void;
}

/** Wraps a device that was just requested. */
export function createDevice(
  gpu: GPUDevice,
  { dots, halves, name }: { readonly name: string; readonly dots: boolean; readonly halves: boolean },
  options: DeviceOptions,
): Device {
  const memory = openMemory(gpu, options.memoryBytes ?? Infinity);
  const pipelines = openPipelines(gpu, dots);
  const residents = new Map<number, GPUBuffer>();
  let next = 0;
  const alive = watchLoss(gpu);

  return {
    name,
    halves,
    shardBytes: Math.min(
      options.shardBytes ?? MAX_SHARD_BYTES,
      MAX_SHARD_BYTES,
      gpu.limits.maxStorageBufferBindingSize,
    ),
    memory,
    async allocate(bytes, data) {
      alive();
      const buffer = await hold(gpu, memory, Math.max(bytes, data?.byteLength ?? 0, 4));
      if (data !== undefined) write(gpu, buffer, data);
      residents.set(next, buffer);
      return next++;
    },
    dispose(resident) {
      const buffer = residents.get(resident);
      if (buffer !== undefined) memory.free(buffer);
      residents.delete(resident);
    },
    async run(program) {
      alive();
      try {
        return await runProgram({ gpu, memory, pipelines, residents }, program);
      } catch (error) {
        // The promise of the loss may settle only after what failed because of it.
        await Promise.resolve();
        alive();
        throw error;
      }
    },
    destroy: () => gpu.destroy(),
  };
}

/** Gives a buffer that stays; a device without room says so only in an error scope. */
async function hold(gpu: GPUDevice, memory: DeviceMemory, bytes: number): Promise<GPUBuffer> {
  gpu.pushErrorScope("out-of-memory");
  const buffer = attempt(() => memory.hold(bytes));
  const refusal = await gpu.popErrorScope();
  if (refusal === null) return buffer();
  memory.free(buffer());
  throw deviceError(refusal.message);
}

/** Gives a check that throws DEVICE once the device is lost. */
function watchLoss(gpu: GPUDevice): () => void {
  let lost: string | undefined;
  void gpu.lost.then(({ message, reason }) => {
    lost = `the device was lost (${reason}): ${message}`;
  });
  return () => {
    if (lost !== undefined) throw deviceError(lost);
  };
}
