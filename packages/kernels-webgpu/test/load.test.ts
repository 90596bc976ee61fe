import { createKernels, KERNEL_ABI, reference, type KernelBackend } from "@dqrm/core";
import { expect, test } from "vitest";
import { webgpuKernels as webKernels } from "../src/index.ts";
import { webgpuKernels } from "../src/node/index.ts";
import { reviveError } from "../src/bridge/revive-error.ts";
import { openDevice } from "../src/device/open-device.ts";
import { loadBackend, noDevice } from "./load-backend.ts";

test.each([webgpuKernels, webKernels])("the plugin names itself and its interface", (card) => {
  expect(card).toMatchObject({ name: "webgpu", abi: KERNEL_ABI });
});

test("a host without WebGPU has no device", async () => {
  expect(await openDevice(undefined)).toEqual({ unavailable: "this host has no WebGPU" });
});

test("a failure of the worker that is none of ours is one of the device", () => {
  const revived = reviveError({ name: "TypeError", message: "x is undefined" });

  expect(revived).toMatchObject({ code: "DEVICE", message: "webgpu: TypeError: x is undefined" });
});

const spec = { cols: 4, pooling: "sum", stride: 4, offset: 0 } as const;
const bags = { indices: Int32Array.of(1, 1), offsets: Int32Array.of(0, 2) };

function lookUp(backend: KernelBackend, dst: Float32Array): void {
  const table = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  createKernels([backend, reference]).prepare("embeddingBag", spec)(table, 2, bags, dst, 0, 1);
}

test.skipIf(noDevice !== undefined)(
  "memory beyond the budget is refused before it is allocated",
  async () => {
    const backend = await loadBackend({ memoryBytes: 1000 });
    if ("unavailable" in backend) throw new Error(backend.unavailable);

    const call = (): void => lookUp(backend, new Float32Array(4));

    expect(call).toThrow(/^bytes on the device is \d+, more than memoryBytes = 1000 allows$/);
  },
);
