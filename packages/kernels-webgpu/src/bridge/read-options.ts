import type { DeviceOptions } from "../device/device-options.ts";

/** Reads the task of a worker. */
export function readOptions(task: unknown): DeviceOptions {
  if (typeof task !== "object" || task === null) return {};
  const memory = "memoryBytes" in task && typeof task.memoryBytes === "number";
  const shard = "shardBytes" in task && typeof task.shardBytes === "number";
  return {
    ...(memory ? { memoryBytes: Number(task.memoryBytes) } : {}),
    ...(shard ? { shardBytes: Number(task.shardBytes) } : {}),
  };
}
