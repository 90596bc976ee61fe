import { kernelConformance } from "@dqrm/core/conformance";
import { test } from "vitest";
import { loadBackend } from "./load-backend.ts";

const backend = await loadBackend();

if ("unavailable" in backend) test.skip(`the kit, because ${backend.unavailable}`);
else {
  for (const { name, run, skip } of kernelConformance(backend)) {
    test.skipIf(skip !== undefined)(name, run);
  }
}
