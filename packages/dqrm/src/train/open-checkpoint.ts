import type { Arena } from "@dqrm/core";
import {
  parseConfig,
  parseTrainerState,
  setConfigValues,
  type DlrmConfig,
  type TrainingCheckpoint,
} from "@dqrm/dlrm";
import { loadLatestCheckpoint } from "@dqrm/dlrm/node";
import { UsageError } from "../terminal/report-error.ts";
import type { TrainOptions } from "./train-options.ts";

/** Holds a checkpoint with the configuration that it was trained with. */
export interface Resumed {
  readonly config: DlrmConfig;
  readonly checkpoint: TrainingCheckpoint;
}

/** What may change when a run goes on: how long it trains. */
const CHANGEABLE: ReadonlySet<string> = new Set(["training.epochs", "training.patience"]);

/**
 * Opens the newest complete checkpoint below a directory into an arena; only the number of epochs and the patience may be overridden.
 *
 * @throws IO when there is none; FORMAT naming the damaged file and the checkpoint before it
 */
export async function openCheckpoint(
  directory: string,
  { assignments, preset }: TrainOptions,
  arena: Arena,
): Promise<Resumed> {
  const fixed = assignments.find(([path]) => !CHANGEABLE.has(path));
  if (preset !== undefined || fixed !== undefined) {
    const what = fixed === undefined ? "--preset" : fixed[0];
    throw new UsageError(`--resume takes its configuration from the checkpoint; ${what} cannot be changed`);
  }
  const loaded = await loadLatestCheckpoint(directory, {
    parseConfig: (json) => parseConfig(`${directory} config.json`, json),
    parseTrainer: (json) => parseTrainerState(`${directory} trainer_state.json`, json),
    arena,
  });
  const { best, residuals, state, trainer } = loaded;
  return {
    config: setConfigValues(loaded.config, assignments),
    checkpoint: { trainer, state, best, ...(residuals === undefined ? {} : { residuals }) },
  };
}
