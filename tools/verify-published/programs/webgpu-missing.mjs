import assert from "node:assert/strict";
import { loadKernels, reference } from "@dqrm/core";
import { webgpuKernels } from "@dqrm/kernels-webgpu";

const { kernels, skipped } = await loadKernels([webgpuKernels], reference);

assert.equal(skipped.get("webgpu"), "the package webgpu is not installed");
assert.deepEqual(
  kernels.backends.map(({ name }) => name),
  ["reference"],
);
