import { KERNEL_ABI, type KernelBackend, type Unavailable } from "@dqrm/core";
import { afterEach, expect, test, vi } from "vitest";
import { wasmKernels as webKernels } from "../src/index.ts";
import { wasmInference as webInference } from "../src/inference/index.ts";
import { wasmKernels } from "../src/node/index.ts";
import { wasmInference } from "../src/node/inference.ts";
import { findObstacle } from "../src/runtime/find-obstacle.ts";
import { trainingModule } from "../src/training.generated.ts";

const cards = { wasmKernels, wasmInference, webKernels, webInference };

afterEach(() => {
  vi.unstubAllGlobals();
});

function expectLoaded(loaded: KernelBackend | Unavailable): KernelBackend {
  if ("unavailable" in loaded) throw new Error(loaded.unavailable);
  return loaded;
}

test.each(Object.entries(cards))("%s names itself as its backend does", async (_, card) => {
  const backend = expectLoaded(await card.load());

  expect(card.abi).toBe(KERNEL_ABI);
  expect(backend.name).toBe(card.name);
  expect(backend.machine).toMatchObject({ isa: "simd128", threads: 1 });
});

test.each([wasmKernels, wasmInference])("$name takes the threads that it was given", async (card) => {
  const backend = expectLoaded(await card.load({ threads: 3 }));

  expect(backend.machine?.threads).toBe(3);
});

test.each([webKernels, webInference])(
  "$name has one thread where no worker starts, and says so",
  async (card) => {
    const backend = expectLoaded(await card.load({ threads: 3 }));

    expect(backend.machine?.threads).toBe(1);
  },
);

test.each(Object.entries(cards))("%s says that a host has no WebAssembly", async (_, card) => {
  vi.stubGlobal("WebAssembly", undefined);

  const loaded = await card.load();

  expect(loaded).toEqual({ unavailable: "this host has no WebAssembly" });
});

/** Stubs a host whose memories have at most so many pages. */
function limitPages(most: number): void {
  const { Memory } = WebAssembly;
  class SmallMemory extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if (descriptor.initial > most) throw new RangeError("could not allocate memory");
      super(descriptor);
    }
  }
  vi.stubGlobal("WebAssembly", Object.create(WebAssembly, { Memory: { value: SmallMemory } }));
}

test.each(Object.entries(cards))("%s says that a host has no room for its memory", async (_, card) => {
  limitPages(0);

  const loaded = await card.load();

  const unavailable = "this host has no room for the memory of the kernels: could not allocate memory";
  expect(loaded).toEqual({ unavailable });
});

test("a host with little room gives a smaller memory", async () => {
  limitPages(5000);

  const backend = expectLoaded(await wasmKernels.load());

  // 65,536 pages are halved until they fit: 4,096 of 64 KiB.
  expect(backend.createArena!(64).uint8(1).buffer.byteLength).toBe(4096 * 65536);
});

test("a host that refuses the module is told apart", () => {
  const text = atob(trainingModule.base64);
  const broken = { ...trainingModule, base64: btoa(text.slice(0, -1)) };

  expect(findObstacle(trainingModule)).toBeUndefined();
  expect(findObstacle(broken)).toBe("the WebAssembly of this host lacks SIMD or atomic instructions");
});
