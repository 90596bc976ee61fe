import type { Transport } from "@dqrm/comm";
import { trainModel, type TrainingResult } from "@dqrm/dlrm";
import type { Terminal } from "../terminal/terminal.ts";
import type { TrainRun } from "./run-training.ts";

/** Trains as a worker that is not the first: no display, and checkpoints that it only takes part in. */
export async function followRun(
  { arena, config, data, kernels, options, resumed, seed }: TrainRun,
  { now, signal }: Pick<Terminal, "now" | "signal">,
  transport: Transport | undefined,
): Promise<TrainingResult> {
  return trainModel({
    config,
    parts: data.parts,
    seed,
    kernels,
    arena,
    clock: now,
    signal,
    hooks: { checkpointEverySteps: options.checkpointEverySteps },
    ...(transport === undefined ? {} : { transport }),
    ...(resumed === undefined ? {} : { resume: resumed.checkpoint }),
  });
}
