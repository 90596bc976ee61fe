import type { Arena } from "@dqrm/core";
import { clock } from "./clock.ts";
import { createHeap, type Heap } from "./heap.ts";
import { MAX_PAGES, openMemory, PAGE_BYTES } from "./open-memory.ts";
import type { KernelMemory } from "./kernel-memory.ts";
import type { StartedWorker, StartWorker, WorkerTask } from "./threads.ts";
import { createWasmArena } from "./wasm-arena.ts";
import { decodeModule, type WasmModule } from "./wasm-module.ts";

/** Bytes of the words by which threads meet; see assembly/plan/control.ts. */
const CONTROL_BYTES = 1024;

/** Lists what the runtime itself calls; every module exports it. */
export interface ThreadExports {
  openControl(control: number, mayBlock: number): void;
  /** Runs a job on `threads` threads, the caller among them, and returns when all are done. */
  runJob(control: number, threads: number, plan: number): void;
  /** Lets the workers leave their loop. */
  closeControl(control: number): void;
}

/** Fixes a runtime. */
export interface RuntimeOptions {
  readonly module: WasmModule;
  /** Threads that plans use, the caller's included. */
  readonly threads: number;
  /** Absent where no workers can be started: then there is one thread. */
  readonly startWorker?: StartWorker;
  /** Whether memory may be shared with threads; true unless said otherwise. */
  readonly mayShare?: boolean;
  /** Largest memory to ask for; all that 32-bit addresses reach unless said otherwise. */
  readonly maximumPages?: number;
}

/** Holds a module at work: its memory, what it exports, and the threads that serve it. */
export interface Runtime<Exports extends ThreadExports = ThreadExports> extends KernelMemory {
  readonly exports: Exports;
  readonly memory: WebAssembly.Memory;
  readonly heap: Heap;
  /** Threads that a plan uses now. */
  readonly threads: number;
  createArena(segmentBytes: number): Arena;
  /** Runs a plan's job on all threads, or on the caller's alone. */
  run(plan: number, parallel: boolean): void;
  /** Ends the workers; what follows runs on the caller's thread. */
  close(): Promise<void>;
}

/**
 * Instantiates a module over a memory of its own, and starts its workers.
 *
 * A worker that does not start is left out: `threads` says how many there are.
 *
 * @cost address space for the whole memory, and a few milliseconds for each worker
 */
export async function createRuntime<Exports extends ThreadExports>(
  options: RuntimeOptions,
): Promise<Runtime<Exports>> {
  const { memory, shared } = openMemory(options.maximumPages ?? MAX_PAGES, options.mayShare ?? true);
  const module = await WebAssembly.compile(decodeModule(options.module, shared));
  const instance = await WebAssembly.instantiate(module, { env: { memory, now: clock } });
  // The build writes the type of the exports from the very module that it encodes.
  const exports = instance.exports as unknown as Exports;
  const bytes = new Uint8Array(memory.buffer);
  // Static data lies in the first page; the last is left out, so that no end of a part is beyond 32 bits.
  const heap = createHeap(bytes, PAGE_BYTES, bytes.length - PAGE_BYTES);
  const control = heap.allocateZeroed(CONTROL_BYTES);
  exports.openControl(control, mayBlock(memory.buffer, control) ? 1 : 0);
  const crew = await startCrew(options, shared, { module, memory, control });

  return {
    exports,
    memory,
    heap,
    get threads() {
      return crew.length + 1;
    },
    owns: (buffer) => buffer === memory.buffer,
    bytes: () => bytes,
    allocate: (count) => heap.allocate(count),
    release: (address) => {
      heap.release(address);
    },
    createArena: (segmentBytes) => createWasmArena(memory.buffer, heap, segmentBytes),
    run(plan, parallel) {
      exports.runJob(control, parallel ? crew.length + 1 : 1, plan);
    },
    async close() {
      const ending = crew.splice(0);
      exports.closeControl(control);
      await Promise.all(ending.map((worker) => worker.terminate()));
    },
  };
}

/** Starts the workers of a shared memory; threads are numbered without gaps, so behind one that fails none is used. */
async function startCrew(
  { startWorker, threads }: RuntimeOptions,
  shared: boolean,
  task: Omit<WorkerTask, "thread">,
): Promise<StartedWorker[]> {
  if (!shared || startWorker === undefined) return [];
  const starting = Array.from({ length: threads - 1 }, (_, k) => startWorker({ ...task, thread: k + 1 }));
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = settled.findIndex(({ status }) => status === "rejected");
  if (failed < 0) return started;
  await Promise.all(started.slice(failed).map((worker) => worker.terminate()));
  return started.slice(0, failed);
}

/** The main thread of a browser may not block; it spins instead. */
function mayBlock(buffer: ArrayBufferLike, control: number): boolean {
  try {
    Atomics.wait(new Int32Array(buffer, control, 1), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
