import {
  createArena,
  defineKernels,
  KERNEL_ABI,
  reference,
  type Arena,
  type BackendExtras,
  type KernelPlugin,
  type LoadOptions,
} from "@dqrm/core";
import type { ImportModule } from "../src/pipeline/choose-kernels.ts";

/** A plugin that answers by the reference kernels and records how it was loaded. */
export interface FakeKernels {
  readonly importModule: ImportModule;
  readonly loads: readonly LoadOptions[];
  readonly arenas: readonly Arena[];
}

/** Creates @dqrm/kernels-fake; it has at most `most` threads, and peaks of 10 GFLOP/s and 8 GB/s a thread. */
export function fakeKernels(most: number, extras: BackendExtras = {}): FakeKernels {
  const loads: LoadOptions[] = [];
  const arenas: Arena[] = [];
  const fakeKernels: KernelPlugin = {
    name: "fake",
    abi: KERNEL_ABI,
    load: (options = {}) => {
      loads.push(options);
      const threads = Math.min(most, options.threads ?? 1);
      return Promise.resolve(
        defineKernels("fake", reference.ops, reference.plans, {
          createArena: (segmentBytes) => {
            const arena = createArena(segmentBytes);
            arenas.push(arena);
            return arena;
          },
          machine: {
            isa: "paper",
            threads,
            fmaGigaflops: (count) => 10 * count,
            readGigabytes: (count) => 8 * count,
          },
          ...extras,
        }),
      );
    },
  };
  return {
    loads,
    arenas,
    importModule: (specifier) =>
      specifier === "@dqrm/kernels-fake"
        ? Promise.resolve({ fakeKernels })
        : Promise.reject(Object.assign(new Error(specifier), { code: "ERR_MODULE_NOT_FOUND" })),
  };
}
