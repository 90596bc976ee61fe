import { describe, expect, it, vi } from "vitest";
import {
  ALIGNMENT_BYTES,
  createArena,
  createKernels,
  defineKernels,
  KERNEL_ABI,
  loadKernels,
  reference,
  type KernelPlugin,
  type OpName,
} from "@dqrm/core";

const everyOp: Record<OpName, true> = {
  absmax: true,
  activationBackward: true,
  checksum: true,
  chooseScale: true,
  coalesceRows: true,
  decodeBytes: true,
  decodeValues: true,
  dequantizeRows: true,
  embeddingBag: true,
  embeddingBagBackward: true,
  embeddingBagFakeQuant: true,
  embeddingBagPacked: true,
  embeddingBagWeightGradient: true,
  encodeBytes: true,
  encodeValues: true,
  encodeWithFeedback: true,
  fakeQuantizeRows: true,
  interaction: true,
  interactionBackward: true,
  linear: true,
  linearBackwardInput: true,
  linearBackwardWeight: true,
  loss: true,
  packCodes: true,
  quantizeRows: true,
  rangeAbsmax: true,
  unpackCodes: true,
  updateDense: true,
  updateRows: true,
};

const evenOnly = defineKernels("even", {
  absmax: () => () => 42,
  packCodes: ({ cols }) => (cols % 2 === 0 ? () => undefined : undefined),
});

describe("reference", () => {
  it("serves every op", () => {
    expect(Object.keys(reference.ops).sort()).toEqual(Object.keys(everyOp).sort());
  });
});

describe("createKernels", () => {
  it("lets the first backend that accepts a spec serve it", () => {
    const kernels = createKernels([evenOnly, reference]);

    const absmax = kernels.prepare("absmax", {});

    expect(absmax(Float32Array.of(1), 0, 1)).toBe(42);
  });

  it("goes on to the next backend when one declines, and says so", () => {
    const kernels = createKernels([evenOnly, reference]);

    const choices = kernels.explain("packCodes", { bits: 4, cols: 3 });

    expect(choices).toEqual([
      { backend: "even", verdict: "declined" },
      { backend: "reference", verdict: "chosen" },
    ]);
  });

  it("says which backends were not asked", () => {
    const kernels = createKernels([evenOnly, reference]);

    const choices = kernels.explain("packCodes", { bits: 4, cols: 2 });

    expect(choices.at(1)).toEqual({ backend: "reference", verdict: "not reached" });
  });

  it("throws UNSUPPORTED with the spec when every backend declines", () => {
    const kernels = createKernels([evenOnly]);

    expect(() => kernels.prepare("packCodes", { bits: 4, cols: 3 })).toThrow(
      'packCodes: no backend accepts {"bits":4,"cols":3} (tried even)',
    );
  });
});

describe("loadKernels", () => {
  const plugin = (name: string, abi: number, load: KernelPlugin["load"]): KernelPlugin => ({
    name,
    abi,
    load,
  });

  it("skips with a reason what cannot run, and ends with the fallback", async () => {
    const plugins = [
      plugin("old", KERNEL_ABI + 1, () => Promise.resolve(evenOnly)),
      plugin("gpu", KERNEL_ABI, () => Promise.resolve({ unavailable: "no device" })),
      plugin("even", KERNEL_ABI, () => Promise.resolve(evenOnly)),
    ];

    const { kernels, skipped } = await loadKernels(plugins, reference);

    expect(kernels.backends.map(({ name }) => name)).toEqual(["even", "reference"]);
    expect([...skipped]).toEqual([
      ["old", `built for kernel ABI ${KERNEL_ABI + 1}, this core has ${KERNEL_ABI}`],
      ["gpu", "no device"],
    ]);
  });
});

describe("importing the package", () => {
  it("changes no global", async () => {
    const before = Object.getOwnPropertyNames(globalThis).sort();

    vi.resetModules();
    await import("@dqrm/core");

    expect(Object.getOwnPropertyNames(globalThis).sort()).toEqual(before);
  });
});

describe("Kernels.createArena", () => {
  it("opens the memory of the first backend that brings its own", () => {
    const arena = createArena(64);
    const own = defineKernels("own", {}, {}, { createArena: () => arena });
    const kernels = createKernels([evenOnly, own, reference]);

    expect(kernels.createArena(64)).toBe(arena);
  });

  it("opens core's when no backend brings one", () => {
    const view = createKernels([reference]).createArena(64).float32(3);

    expect(view.byteOffset % ALIGNMENT_BYTES).toBe(0);
  });
});

describe("loadKernels with threads", () => {
  it("tells every plugin how many threads it may use", async () => {
    const load = vi.fn<KernelPlugin["load"]>(() => Promise.resolve({ unavailable: "asked only" }));

    await loadKernels([{ name: "asked", abi: KERNEL_ABI, load }], reference, { threads: 3 });

    expect(load).toHaveBeenCalledWith({ threads: 3 });
  });
});
