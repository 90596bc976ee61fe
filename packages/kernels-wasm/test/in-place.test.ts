import { kernelConformance } from "@dqrm/core/conformance";
import { test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { inPlaceBackend } from "./in-place-backend.ts";

const runtime = await createRuntime<TrainingExports>({ module: trainingModule, threads: 1 });

for (const item of kernelConformance(inPlaceBackend(runtime, createBackend(runtime)))) {
  test.skipIf(item.skip !== undefined)(item.name, () => item.run());
}
