import { planConformance } from "@dqrm/core/conformance";
import { test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { startWorker } from "../src/node/start-worker.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";

const runtime = await createRuntime<TrainingExports>({ module: trainingModule, threads: 2, startWorker });

for (const item of planConformance(createBackend(runtime))) {
  test.skipIf(item.skip !== undefined)(item.name, () => item.run());
}
