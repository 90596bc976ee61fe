import type { Transport } from "@dqrm/comm";
import { trainModel, type TrainingHooks, type TrainingResult } from "@dqrm/dlrm";
import type { Terminal } from "../terminal/terminal.ts";
import type { TrainRun } from "./run-training.ts";

/** Trains what a run was resolved to, alone or as one of a group; the hooks are what the caller does meanwhile. */
export function trainRun(
  { arena, config, data, kernels, options, resumed, seed }: TrainRun,
  { now, signal }: Pick<Terminal, "now" | "signal">,
  hooks: TrainingHooks,
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
    hooks,
    layerSum: options.layerSum,
    ...(transport === undefined ? {} : { transport }),
    ...(resumed === undefined ? {} : { resume: resumed.checkpoint }),
  });
}
