import { DqrmError } from "@dqrm/core";
import { parseConfig } from "@dqrm/dlrm";
import type { StudyTask } from "./study-result.ts";

/**
 * Reads a task that another thread sent.
 *
 * @throws STATE when it is none; CONFIG when its configuration is wrong
 */
export function readTask(value: unknown): StudyTask {
  if (
    typeof value === "object" &&
    value !== null &&
    "variant" in value &&
    typeof value.variant === "string" &&
    "seed" in value &&
    typeof value.seed === "number" &&
    "data" in value &&
    typeof value.data === "string" &&
    "kernels" in value &&
    typeof value.kernels === "string" &&
    "threads" in value &&
    typeof value.threads === "number" &&
    "modelDirectory" in value &&
    (value.modelDirectory === null || typeof value.modelDirectory === "string") &&
    "config" in value
  ) {
    const { data, kernels, modelDirectory, seed, threads, variant } = value;
    const config = parseConfig("task", value.config);
    return { variant, seed, data, kernels, threads, modelDirectory, config };
  }
  throw new DqrmError("STATE", { op: "study worker", expected: "a study task", actual: typeof value });
}
