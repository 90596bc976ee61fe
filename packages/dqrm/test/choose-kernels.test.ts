import { KERNEL_ABI, isDqrmError } from "@dqrm/core";
import { expect, test } from "vitest";
import { chooseKernels } from "../src/pipeline/choose-kernels.ts";

const notInstalled = (specifier: string): Promise<unknown> =>
  Promise.reject(
    Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" }),
  );

const names = async (list: string, load = notInstalled): Promise<readonly string[]> =>
  (await chooseKernels(list, load, { threads: 1 })).kernels.backends.map(({ name }) => name);

test("auto falls back to the reference kernels and says why each plugin was skipped", async () => {
  const { kernels, skipped } = await chooseKernels("auto", notInstalled, { threads: 1 });

  expect(kernels.backends.map(({ name }) => name)).toEqual(["reference"]);
  expect([...skipped]).toEqual([
    ["native", "@dqrm/kernels-native is not installed"],
    ["wasm", "@dqrm/kernels-wasm is not installed"],
  ]);
});

test("a plugin that loads stands before the reference kernels", async () => {
  const backend = { name: "fast", abi: KERNEL_ABI, ops: {}, plans: {} };
  const plugin = { name: "fast", abi: KERNEL_ABI, load: () => Promise.resolve(backend) };

  expect(await names("fast", () => Promise.resolve({ plugin }))).toEqual(["fast", "reference"]);
});

test("a plugin of another kernel ABI is skipped with both numbers", async () => {
  const plugin = { name: "old", abi: KERNEL_ABI + 1, load: () => Promise.reject(new Error("not reached")) };

  const { skipped } = await chooseKernels("old", () => Promise.resolve({ plugin }), { threads: 1 });

  expect(skipped.get("old")).toBe(`built for kernel ABI ${KERNEL_ABI + 1}, this core has ${KERNEL_ABI}`);
});

test("a module without a plugin is skipped with what was expected", async () => {
  const { skipped } = await chooseKernels("other-package/kernels", () => Promise.resolve({ nothing: 1 }), {
    threads: 1,
  });

  expect(skipped.get("other-package/kernels")).toBe(
    "other-package/kernels exports no kernel plugin { name, abi, load }",
  );
});

test("a plugin of a package that offers several is found by its name", async () => {
  const plugins = ["tfjs-cpu", "tfjs-gpu"].map((name) => ({
    name,
    abi: KERNEL_ABI,
    load: () => Promise.resolve({ name, abi: KERNEL_ABI, ops: {}, plans: {} }),
  }));
  const [cpu, gpu] = plugins;
  const asked: string[] = [];
  const load = (specifier: string): Promise<unknown> => {
    asked.push(specifier);
    return Promise.resolve({ cpu, gpu, create: () => cpu });
  };

  expect(await names("tfjs-gpu,tfjs-cpu", load)).toEqual(["tfjs-gpu", "tfjs-cpu", "reference"]);
  expect(asked).toEqual(["@dqrm/kernels-tfjs", "@dqrm/kernels-tfjs"]);
});

test("a plugin that only Node.js can load is found at its own entry", async () => {
  const asked: string[] = [];
  const load = (specifier: string): Promise<unknown> => {
    asked.push(specifier);
    return notInstalled(specifier);
  };

  const { skipped } = await chooseKernels("tfjs-webgpu", load, { threads: 1 });

  expect(asked).toEqual(["@dqrm/kernels-tfjs/webgpu"]);
  expect(skipped.get("tfjs-webgpu")).toBe("@dqrm/kernels-tfjs/webgpu is not installed");
});

test("a package that offers several plugins, and no one was named, is skipped with their names", async () => {
  const plugins = ["one", "two"].map((name) => ({
    name,
    abi: KERNEL_ABI,
    load: () => Promise.reject(new Error()),
  }));

  const { skipped } = await chooseKernels(
    "several",
    () => Promise.resolve(Object.fromEntries(plugins.entries())),
    { threads: 1 },
  );

  expect(skipped.get("several")).toBe("@dqrm/kernels-several exports several plugins: name one of one, two");
});

test("names after reference are not tried", async () => {
  expect(await names("reference,fast", () => Promise.reject(new Error("not reached")))).toEqual([
    "reference",
  ]);
});

test("an empty list is a configuration error", async () => {
  const failure: unknown = await chooseKernels(" , ", notInstalled, { threads: 1 }).catch(
    (error: unknown) => error,
  );

  expect(isDqrmError(failure, "CONFIG")).toBe(true);
});

test("a plugin is loaded with the threads that were asked for", async () => {
  const asked: unknown[] = [];
  const plugin = {
    name: "fast",
    abi: KERNEL_ABI,
    load: (options: unknown) => {
      asked.push(options);
      return Promise.resolve({ name: "fast", abi: KERNEL_ABI, ops: {}, plans: {} });
    },
  };

  await chooseKernels("fast", () => Promise.resolve({ plugin }), { threads: 3 });

  expect(asked).toEqual([{ threads: 3 }]);
});
