import type { Transport } from "@dqrm/comm";
import type { TrainingResult } from "@dqrm/dlrm";
import type { Terminal } from "../terminal/terminal.ts";
import type { TrainRun } from "./run-training.ts";
import { trainRun } from "./train-run.ts";

/** Trains as a worker that is not the first: no display, and checkpoints that it only takes part in. */
export function followRun(
  run: TrainRun,
  terminal: Pick<Terminal, "now" | "signal">,
  transport: Transport | undefined,
): Promise<TrainingResult> {
  return trainRun(run, terminal, { checkpointEverySteps: run.options.checkpointEverySteps }, transport);
}
