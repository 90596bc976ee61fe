import { DqrmError } from "@dqrm/core";
import type { TrainRun } from "./run-training.ts";

/** Checks that the workers can share the parts of a batch. @throws CONFIG */
export function checkShards({ config, options }: TrainRun): void {
  const { shards } = config.gradients;
  const { workers } = options;
  if (shards % workers === 0) return;
  const expected = `a multiple of the ${workers} workers`;
  const place = { source: "training", path: "gradients.shards" };
  throw new DqrmError("CONFIG", { ...place, expected, actual: String(shards) });
}
