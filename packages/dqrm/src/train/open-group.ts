import type { Surroundings } from "../commands/surroundings.ts";
import { openInProcessGroup } from "./in-process-group.ts";
import { openProcessGroup } from "./process-group.ts";
import { openThreadGroup } from "./thread-group.ts";
import type { TrainOptions } from "./train-options.ts";
import { alone, type WorkerGroup } from "./worker-group.ts";

/** Opens the group of a run: connects this process to others, or gets ready to start them. */
export async function openGroup(options: TrainOptions, surroundings: Surroundings): Promise<WorkerGroup> {
  const { transport, workers } = options;
  if (workers === 1) return alone;
  if (transport === "threads") return openThreadGroup(options, surroundings);
  if (transport === "in-process") return openInProcessGroup(options, surroundings);
  return openProcessGroup(options, surroundings);
}
