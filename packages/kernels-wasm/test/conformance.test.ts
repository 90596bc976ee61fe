import { kernelConformance } from "@dqrm/core/conformance";
import { describe, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { inPlaceBackend } from "./in-place-backend.ts";

const module = trainingModule;
const shared = await createRuntime<TrainingExports>({ module, threads: 1 });
const own = await createRuntime<TrainingExports>({ module, threads: 1, mayShare: false });

const subjects = {
  "arrays outside the memory": createBackend(shared),
  "arrays inside a shared memory": inPlaceBackend(shared, createBackend(shared)),
  "every other array inside": inPlaceBackend(shared, createBackend(shared), (k) => k % 2 === 0),
  "every other array inside, but the first": inPlaceBackend(
    shared,
    createBackend(shared),
    (k) => k % 2 === 1,
  ),
  "arrays inside a memory that is not shared": inPlaceBackend(own, createBackend(own)),
};

describe.each(Object.entries(subjects))("%s", (_, backend) => {
  for (const item of kernelConformance(backend)) {
    test.skipIf(item.skip !== undefined)(item.name, () => item.run());
  }
});
