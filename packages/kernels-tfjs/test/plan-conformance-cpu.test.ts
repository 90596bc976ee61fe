import { planConformance } from "@dqrm/core/conformance";
import { test } from "vitest";
import { createTfjsBackend } from "../src/backend.ts";
import { startBackend } from "./start-backend.ts";

const backend = createTfjsBackend("tfjs-cpu", await startBackend("cpu"));

for (const item of planConformance(backend)) {
  test.skipIf(item.skip !== undefined)(item.name, () => item.run());
}
