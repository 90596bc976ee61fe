import {
  compileInference,
  compileTraining,
  createArena,
  createKernels,
  defineKernels,
  KERNEL_ABI,
  reference,
  type Arena,
  type BackendExtras,
  type KernelBackend,
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

/** A plugin with one backend. */
export function plugin(backend: KernelBackend): ImportModule {
  const card = { name: backend.name, abi: KERNEL_ABI, load: () => Promise.resolve(backend) };
  return () => Promise.resolve({ card });
}

/** A backend that compiles plans of reference kernels under its own name, and tells the time of two stages. */
export function fused(ops: KernelBackend["ops"] = {}): KernelBackend {
  const kernels = createKernels([defineKernels("inner", ops), reference]);
  const stageSeconds = (): Record<string, number> => ({ lookup: 1, products: 3 });
  return defineKernels(
    "fused",
    ops,
    {
      training(spec, state, options) {
        const plan = compileTraining(spec, state, kernels, options);
        return {
          backend: "fused",
          gradients: plan.gradients,
          step: (batch, rate) => plan.step(batch, rate),
          forwardBackward: (batch, ready) => plan.forwardBackward(batch, ready),
          apply: (rate) => plan.apply(rate),
          infer: (batch, dst) => plan.infer(batch, dst),
          sync: () => plan.sync(),
          reload: () => plan.reload(),
          stageSeconds,
        };
      },
      inference: (model, options) => ({
        ...compileInference(model, kernels, options),
        backend: "fused",
        stageSeconds,
      }),
    },
    {
      machine: {
        isa: "paper",
        threads: 2,
        fmaGigaflops: (n) => 10 * n,
        readGigabytes: (n) => 8 * n,
        barrierNanoseconds: (n) => 40 * n,
      },
    },
  );
}
