import { kernelConformance } from "@dqrm/core/conformance";
import { test } from "vitest";
import { loadWebgpu } from "./load-webgpu.ts";

const backend = await loadWebgpu();

if ("unavailable" in backend) test.skip(`the kit, because ${backend.unavailable}`);
else {
  for (const item of kernelConformance(backend)) {
    test.skipIf(item.skip !== undefined)(item.name, () => item.run());
  }
}
