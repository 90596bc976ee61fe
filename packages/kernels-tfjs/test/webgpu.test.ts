import { createKernels, isDqrmError, KERNEL_ABI, reference, type KernelBackend } from "@dqrm/core";
import { expect, test } from "vitest";
import { withErrors } from "../src/bridge/with-errors.ts";
import { tfjsWebgpuKernels } from "../src/node/index.ts";
import { loadWebgpu } from "./load-webgpu.ts";

const loaded = await loadWebgpu();
const reason = "unavailable" in loaded ? loaded.unavailable : undefined;

function expectLoaded(): KernelBackend {
  if ("unavailable" in loaded) throw new Error(loaded.unavailable);
  return loaded;
}

function failureOf(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing failed");
}

test("the plugin names itself and its interface", () => {
  expect(tfjsWebgpuKernels).toMatchObject({ name: "tfjs-webgpu", abi: KERNEL_ABI });
});

const title = (sentence: string): string =>
  reason === undefined ? sentence : `${sentence}, not tried because ${reason}`;

test.skipIf(reason !== undefined)(
  title("what it declines is served by the next backend, with the reason"),
  () => {
    const backend = expectLoaded();
    const kernels = createKernels([backend, reference]);
    const dy = Float32Array.of(2, 3);

    kernels.prepare("activationBackward", { activation: "relu" })(Float32Array.of(1, 0), dy, 0, 2);

    expect([...dy]).toEqual([2, 0]);
    expect(backend.ops.activationBackward!({ activation: "relu" })).toBeUndefined();
    expect(backend.plans).toEqual({});
    expect(backend.declines?.["activationBackward"]).toContain("takes no relu");
    expect(backend.declines?.["training"]).toContain("comes back only later");
  },
);

test.skipIf(reason !== undefined)(
  title("what the backend refuses is a failure of the device, and the next call is served"),
  () => {
    const spec = { kind: "dot", itself: false, vectors: 2, cols: 1 } as const;
    const kernel = expectLoaded().ops.interaction!(spec)!;
    // A product of matrices takes a group in the third dimension for each sample, and WebGPU has 65,535 of them.
    const samples = 1 << 16;
    const dst = new Float32Array(2 * samples);

    const failure = failureOf(() => kernel(new Float32Array(2 * samples), dst, 0, samples));
    kernel(Float32Array.of(3, 5), dst, 0, 1);

    expect(isDqrmError(failure, "DEVICE")).toBe(true);
    expect(String(failure)).toContain("Dispatch size exceeds WebGPU limits");
    expect([...dst.subarray(0, 2)]).toEqual([3, 15]);
  },
);

test("what a device says only to those who ask fails the call", async () => {
  const scopes: string[] = [];
  const device = {
    pushErrorScope(filter: GPUErrorFilter): undefined {
      scopes.push(filter);
    },
    popErrorScope: () =>
      Promise.resolve(scopes.pop() === "out-of-memory" ? { message: "no room for 4 GB" } : null),
  };

  await expect(withErrors(device, () => Promise.resolve([0]))).rejects.toThrow("no room for 4 GB");
  expect(scopes).toEqual([]);
});

test("a computation that fails by itself fails as it did", async () => {
  const device = { pushErrorScope: (): undefined => undefined, popErrorScope: () => Promise.resolve(null) };

  await expect(withErrors(device, () => Promise.reject(new Error("shapes differ")))).rejects.toThrow(
    "shapes differ",
  );
});
