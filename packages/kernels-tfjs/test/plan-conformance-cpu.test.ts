import { planConformance } from "@dqrm/core/conformance";
import { describe, test } from "vitest";
import { createTfjsBackend } from "../src/backend.ts";
import { startBackend } from "./start-backend.ts";

const runtime = await startBackend("cpu");

const subjects = {
  "tables here": createTfjsBackend("tfjs-cpu", runtime),
  "tables as variables": createTfjsBackend("tfjs-cpu-dense", runtime, "variables"),
};

describe.each(Object.entries(subjects))("%s", (_, backend) => {
  for (const item of planConformance(backend)) {
    test.skipIf(item.skip !== undefined)(item.name, () => item.run());
  }
});
