import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import {
  copyRegisteredKernels,
  getBackend,
  getKernel,
  KernelBackend as Engine,
  registerBackend,
  registerKernel,
  setBackend,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { KERNEL_ABI, loadKernels, reference, type KernelBackend, type Unavailable } from "@dqrm/core";
import { beforeEach, expect, test } from "vitest";
import {
  tfjsCpuKernels,
  tfjsGpuKernels,
  tfjsKernels,
  tfjsNodeKernels,
  tfjsWasmKernels,
} from "../src/index.ts";
import { load } from "../src/load.ts";

const gpu = { backend: "tensorflow", provider: "@tensorflow/tfjs-node-gpu", name: "tfjs-gpu" };

const notInstalled = (specifier: string): Promise<unknown> =>
  Promise.reject(
    Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" }),
  );

function reasonOf(loaded: KernelBackend | Unavailable): string {
  if ("unavailable" in loaded) return loaded.unavailable;
  throw new Error(`${loaded.name} loaded`);
}

function expectLoaded(loaded: KernelBackend | Unavailable): KernelBackend {
  if ("unavailable" in loaded) throw new Error(loaded.unavailable);
  return loaded;
}

beforeEach(async () => {
  await setBackend("cpu");
});

test.each([tfjsCpuKernels, tfjsWasmKernels])("$name names itself as its backend does", async (card) => {
  const backend = expectLoaded(await card.load());

  expect(card.abi).toBe(KERNEL_ABI);
  expect(backend.name).toBe(card.name);
});

test("cards of packages that download a library have names of their own", () => {
  expect([tfjsNodeKernels.name, tfjsGpuKernels.name]).toEqual(["tfjs-node", "tfjs-gpu"]);
});

test("the backend that the program had chosen stays the current one", async () => {
  const backend = expectLoaded(await tfjsWasmKernels.load());
  const y = new Float32Array(1);

  backend.ops.linear!({ inputs: 1, outputs: 1, activation: "none" })!(
    Float32Array.of(2),
    Float32Array.of(3),
    Float32Array.of(1),
    y,
    0,
    1,
  );

  expect(y[0]).toBe(7);
  expect(getBackend()).toBe("cpu");
});

test("a package for GPUs that is not installed is named, with the Node versions that it supports", async () => {
  const reason = reasonOf(await load(gpu, {}, notInstalled));

  expect(reason).toContain(
    "@tensorflow/tfjs-node-gpu is not installed: npm install @tensorflow/tfjs-node-gpu",
  );
  expect(reason).toContain("Node.js 22 or older");
});

test("a plugin that is left out leaves the others usable", async () => {
  const plugin = { name: "tfjs-gpu", abi: KERNEL_ABI, load: () => load(gpu, {}, notInstalled) };

  const { kernels, skipped } = await loadKernels([plugin, tfjsCpuKernels], reference);

  expect([...skipped.keys()]).toEqual(["tfjs-gpu"]);
  expect(kernels.backends.map(({ name }) => name)).toEqual(["tfjs-cpu", "reference"]);
});

test("a package whose library was not downloaded is skipped with what it said", async () => {
  const broken = (): Promise<unknown> =>
    Promise.reject(new Error("The Node.js native addon module (tfjs_binding.node) can not be found\nat …"));

  const reason = reasonOf(await load(gpu, {}, broken));

  expect(reason).toMatch(
    /^@tensorflow\/tfjs-node-gpu failed to load: The Node.js native addon module \(tfjs_binding.node\) can not be found; /,
  );
});

test("a package that registers no backend is skipped", async () => {
  const reason = reasonOf(await load(gpu, {}, () => Promise.resolve({})));

  expect(reason).toContain("the backend tensorflow of TensorFlow.js did not start");
});

/** Stands for tfjs-node on a Node.js without `util.isNullOrUndefined`. */
class OldEngine extends Engine {
  override write(): object {
    throw new TypeError("util.isNullOrUndefined is not a function\n  at …");
  }
}

test("a backend that starts and then fails is skipped, and the program's stays current", async () => {
  registerBackend("old", () => new OldEngine());

  const reason = reasonOf(await load({ backend: "old", name: "tfjs-old" }, {}));

  expect(reason).toBe("the backend old of TensorFlow.js failed: util.isNullOrUndefined is not a function");
  expect(getBackend()).toBe("cpu");
});

test("a backend that multiplies in a coarser format is skipped, with what forbids it", async () => {
  registerBackend("coarse", () => new MathBackendCPU());
  copyRegisteredKernels("cpu", "coarse");
  unregisterKernel("BatchMatMul", "coarse");
  registerKernel({
    kernelName: "BatchMatMul",
    backendName: "coarse",
    kernelFunc: (call) => {
      const result = getKernel("BatchMatMul", "cpu").kernelFunc(call);
      if (call.backend instanceof MathBackendCPU && !Array.isArray(result)) {
        const numbers = call.backend.readSync(result.dataId);
        if (numbers instanceof Float32Array)
          numbers.forEach((x, i) => (numbers[i] = Math.round(x * 1024) / 1024));
      }
      return result;
    },
  });

  const reason = reasonOf(await load({ backend: "coarse", name: "tfjs-coarse" }, {}));

  expect(reason).toContain("the backend coarse of TensorFlow.js rounds what it multiplies to fewer digits");
  expect(reason).toContain("NVIDIA_TF32_OVERRIDE=0");
});

test("a package that is there but lacks one of its own is not called missing", async () => {
  const lacking = (): Promise<unknown> =>
    Promise.reject(
      Object.assign(new Error("Cannot find module 'tar'\nRequire stack:"), { code: "MODULE_NOT_FOUND" }),
    );

  const reason = reasonOf(await load(gpu, {}, lacking));

  expect(reason).toContain(
    "@tensorflow/tfjs-node-gpu failed to load: Cannot find module 'tar'; it downloads",
  );
});

test("a backend that answers later is refused with the reason, and with what to take instead", async () => {
  const { skipped } = await loadKernels([tfjsKernels({ backend: "webgpu" })], reference);

  expect(skipped.get("tfjs-webgpu")).toBe(
    "the backend webgpu of TensorFlow.js gives its numbers only later, and a kernel returns them before its call ends: take tfjsWebgpuKernels of @dqrm/kernels-tfjs/webgpu, which waits for them",
  );
});

test("a backend that nobody registered is refused with what to do", async () => {
  const { skipped } = await loadKernels([tfjsKernels({ backend: "abacus" })], reference);

  expect(skipped.get("tfjs-abacus")).toContain("TensorFlow.js has no backend abacus: import the package");
});

test("kernels of tables that cannot run are named, and nothing takes their place", async () => {
  const tables = {
    name: "native",
    abi: KERNEL_ABI,
    load: () => Promise.resolve({ unavailable: "no binary" }),
  };

  const { skipped } = await loadKernels([tfjsKernels({ backend: "cpu", tables })], reference);

  expect(skipped.get("tfjs-cpu")).toBe("native, which serves the tables of tfjs-cpu: no binary");
});

test("kernels of tables for another core are refused", async () => {
  const tables = {
    name: "old",
    abi: KERNEL_ABI + 1,
    load: () => Promise.reject(new Error("not reached")),
  };

  const { skipped } = await loadKernels([tfjsKernels({ backend: "cpu", tables })], reference);

  expect(skipped.get("tfjs-cpu")).toContain(`built for kernel ABI ${KERNEL_ABI + 1}`);
});
