import type { DlrmConfig, TrainingHooks, TrainingResult } from "@dqrm/dlrm";
import type { Transport } from "@dqrm/comm";
import { saveCheckpoint } from "@dqrm/dlrm/node";
import type { Arena, Kernels } from "@dqrm/core";
import type { Surroundings } from "../commands/surroundings.ts";
import type { TrainingData } from "../pipeline/open-training-data.ts";
import { laneState, validationNote } from "../study/lane.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Resumed } from "./open-checkpoint.ts";
import type { TrainOptions } from "./train-options.ts";
import { trainRun } from "./train-run.ts";

/** Says what a run of `dqrm train` was resolved to. */
export interface TrainRun {
  readonly options: TrainOptions;
  readonly config: DlrmConfig;
  readonly seed: number;
  readonly data: TrainingData;
  readonly kernels: Kernels;
  /** Memory of the kernels, for weights new and resumed. */
  readonly arena: Arena;
  readonly resumed: Resumed | undefined;
}

/** Trains with a progress display and checkpoints below the output directory. */
export function runTraining(
  run: TrainRun,
  surroundings: Surroundings,
  transport: Transport | undefined,
): Promise<TrainingResult> {
  const hooks = { ...displayHooks(run, surroundings), ...checkpointHooks(run) };
  return trainRun(run, surroundings.terminal, hooks, transport);
}

function displayHooks(
  run: TrainRun,
  { pause, terminal }: Surroundings,
): Pick<TrainingHooks, "onEvent" | "pause"> {
  const lane = "train";
  const progress = createProgress([lane], terminal);
  let note = "";
  return {
    pause,
    onEvent(event) {
      if (event.kind === "progress") {
        progress.update(lane, laneState(event, note));
        return;
      }
      note = validationNote(event);
      const { record } = event;
      const where = record.endOfEpoch ? `epoch ${record.epoch + 1}` : `step ${record.step}`;
      const loss = `train loss ${record.trainLoss.toFixed(4)}`;
      progress.log(`${where}: ${[loss, note, event.best ? "best so far" : ""].filter(Boolean).join(", ")}`);
      if (record.endOfEpoch && record.epoch + 1 === run.config.training.epochs) progress.end();
    },
  };
}

function checkpointHooks({
  config,
  options,
}: TrainRun): Pick<TrainingHooks, "onCheckpoint" | "checkpointEverySteps"> {
  const { checkpointEverySteps, keep, out } = options;
  return {
    checkpointEverySteps,
    async onCheckpoint(checkpoint, spec) {
      await saveCheckpoint(out, { ...checkpoint, config, spec }, { keep });
    },
  };
}
