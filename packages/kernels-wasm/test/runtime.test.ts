import { DqrmError } from "@dqrm/core";
import { expect, test } from "vitest";
import { startWorker } from "../src/node/start-worker.ts";
import { createHeap } from "../src/runtime/heap.ts";
import { createMachine } from "../src/runtime/machine.ts";
import { openMemory, PAGE_BYTES } from "../src/runtime/open-memory.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import type { StartWorker } from "../src/runtime/threads.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";

const HEAP_BYTES = 1024;

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("parts of a heap are aligned, apart, and given out again after their release", () => {
  const heap = createHeap(new Uint8Array(HEAP_BYTES), 64, HEAP_BYTES);

  const [first, second, third] = [heap.allocate(1), heap.allocate(65), heap.allocate(64)];
  heap.release(second);
  const again = heap.allocate(128);

  expect([first, second, third, again]).toEqual([64, 128, 256, 128]);
  expect(heap.usedBytes).toBe(64 + 128 + 64);
});

test("neighbours that were released become one part, whatever the order", () => {
  const heap = createHeap(new Uint8Array(HEAP_BYTES), 0, HEAP_BYTES);
  const parts = Array.from({ length: 16 }, () => heap.allocate(64));

  for (const k of [3, 0, 15, 7, 1, 2, 14, 4, 6, 5, 8, 13, 9, 12, 11, 10]) heap.release(parts[k]);

  expect(heap.allocate(HEAP_BYTES)).toBe(0);
});

test("a heap that is full says so, and names the kernels that are not limited", () => {
  const heap = createHeap(new Uint8Array(HEAP_BYTES), 0, HEAP_BYTES);
  heap.allocate(960);

  const error = errorOf(() => heap.allocate(65));

  expect(error).toBeInstanceOf(DqrmError);
  expect(String(error)).toContain("@dqrm/kernels-native");
  expect(heap.allocate(64)).toBe(960);
});

test("an address that nobody holds cannot be released", () => {
  const heap = createHeap(new Uint8Array(HEAP_BYTES), 0, HEAP_BYTES);
  const address = heap.allocate(64);
  heap.release(address);

  const error = errorOf(() => {
    heap.release(address);
  });

  expect(error).toBeInstanceOf(DqrmError);
});

test("zeroed parts are zero also where others wrote before", () => {
  const memory = new Uint8Array(HEAP_BYTES);
  const heap = createHeap(memory, 0, HEAP_BYTES);
  const first = heap.allocate(128);
  memory.fill(7, first, first + 128);
  heap.release(first);

  const again = heap.allocateZeroed(256);

  expect(again).toBe(first);
  expect(memory.subarray(again, again + 256).every((byte) => byte === 0)).toBe(true);
});

test("views beyond 2 GiB are where the kernels look for them", async () => {
  const runtime = await createRuntime<TrainingExports>({ module: trainingModule, threads: 1 });
  const arena = runtime.createArena(0);
  arena.uint8(2 ** 31 + 2 ** 20);

  const far = arena.float32(8).fill(1);
  far[6] = -9;

  expect(far.byteOffset).toBeGreaterThan(2 ** 31);
  expect(runtime.exports.peakOf(far.byteOffset, far.length)).toBe(9);
});

test("an arena shares segments and counts what it gave", async () => {
  const runtime = await createRuntime<TrainingExports>({
    module: trainingModule,
    threads: 1,
    maximumPages: 256,
  });
  const arena = runtime.createArena(1 << 12);

  const [a, b, large] = [arena.float32(3), arena.int32(5), arena.uint8(1 << 13)];

  expect(b.byteOffset - a.byteOffset).toBe(64);
  expect(large.byteOffset % 64).toBe(0);
  expect(arena.usedBytes).toBe(64 + 64 + (1 << 13));
  expect(runtime.owns(a.buffer)).toBe(true);
  expect(runtime.owns(new Float32Array(1).buffer)).toBe(false);
});

test("a host that has no room for all pages is asked for less", () => {
  // 2^17 pages are more than 32-bit addresses reach: every host refuses them.
  const { memory } = openMemory(1 << 17, true);

  expect(memory.buffer.byteLength).toBe((1 << 16) * PAGE_BYTES);
});

test("a worker that does not start is left out, and so are those behind it", async () => {
  const failing: StartWorker = (task) =>
    task.thread === 2 ? Promise.reject(new Error("no room")) : startWorker(task);

  const runtime = await createRuntime<TrainingExports>({
    module: trainingModule,
    threads: 4,
    startWorker: failing,
    maximumPages: 256,
  });

  expect(runtime.threads).toBe(2);
  await runtime.close();
});

test("the machine is measured: more than nothing, on as many threads as there are", async () => {
  const runtime = await createRuntime<TrainingExports>({
    module: trainingModule,
    threads: 2,
    startWorker,
    maximumPages: 1 << 13,
  });
  const before = runtime.heap.usedBytes;
  const machine = createMachine(runtime);

  expect([machine.isa, machine.threads]).toEqual(["simd128", 2]);
  expect(machine.fmaGigaflops(2)).toBeGreaterThan(0);
  expect(machine.readGigabytes(2)).toBeGreaterThan(0);
  expect(runtime.heap.usedBytes).toBe(before);
  await runtime.close();
});
