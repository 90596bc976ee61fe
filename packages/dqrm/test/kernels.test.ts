import { defineKernels, KERNEL_ABI, reference } from "@dqrm/core";
import { expect, test } from "vitest";
import { done, lastJson } from "./call.ts";
import { fakeKernels } from "./fake-kernels.ts";

test("kernels prints who serves each op, on what each backend runs, and why a plugin was skipped", async () => {
  const { importModule } = fakeKernels(4);

  const { out } = await done(["kernels", "--kernels", "native,fake", "--threads", "4"], { importModule });

  const lines = out.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " | "));
  expect(lines).toContain("fake | paper | 4");
  expect(lines).toContain("reference | javascript | 1");
  expect(lines).toContain("native | skipped | @dqrm/kernels-native is not installed");
  expect(lines).toContain("linear | 512 to 256 | fake");
  expect(lines).toContain("training, FP32 | float32 | kernel by kernel");
  expect(lines).toContain("inference, INT4 | int8 | nobody");
});

test("an op that a backend declines is served by the next, and both are named", async () => {
  const some = defineKernels("some", {
    linear: (spec) => (spec.inputs === 512 ? reference.ops.linear?.(spec) : undefined),
  });
  const plugin = { name: "some", abi: KERNEL_ABI, load: () => Promise.resolve(some) };

  const outcome = await done(["kernels", "--kernels", "some", "--json"], {
    importModule: () => Promise.resolve({ plugin }),
  });

  const { ops } = lastJson(outcome);
  expect(ops).toContainEqual({
    op: "linear",
    spec: "512 to 256",
    choices: [
      { backend: "some", verdict: "chosen" },
      { backend: "reference", verdict: "not reached" },
    ],
  });
  expect(ops).toContainEqual({
    op: "linear",
    spec: "13 to 512",
    choices: [
      { backend: "some", verdict: "declined" },
      { backend: "reference", verdict: "chosen" },
    ],
  });
});

test("every op of the reference kernels stands in the table", async () => {
  const { ops } = lastJson(await done(["kernels", "--kernels", "reference", "--json"]));

  const listed = Array.isArray(ops) ? ops.map(({ op }: { op: string }) => op) : [];
  expect([...new Set(listed)].sort()).toEqual(Object.keys(reference.ops).sort());
});

test("inspect kernels prints the same as kernels", async () => {
  const kernels = await done(["kernels", "--json"]);
  const inspected = await done(["inspect", "kernels", "--json"]);

  expect(inspected.out).toBe(kernels.out);
  expect(lastJson(kernels)).toMatchObject({
    skipped: { native: "@dqrm/kernels-native is not installed", wasm: "@dqrm/kernels-wasm is not installed" },
  });
});
