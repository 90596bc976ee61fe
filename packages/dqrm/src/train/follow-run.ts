import type { Transport } from "@dqrm/comm";
import { trainModel, type TrainingResult } from "@dqrm/dlrm";
import type { Terminal } from "../terminal/terminal.ts";
import type { TrainRun } from "./run-training.ts";

/** Gives a terminal on which nothing appears: the first worker speaks for all. */
export function silenced(terminal: Pick<Terminal, "now" | "signal">): Terminal {
  const { now, signal } = terminal;
  const nothing = (): undefined => undefined;
  return { out: nothing, err: nothing, interactive: false, columns: 80, now, signal };
}

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
