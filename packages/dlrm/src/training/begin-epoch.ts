import { compileTraining, type ModelSpec } from "@dqrm/core";
import { phaseConfig, startsPhase } from "../config/phase.ts";
import { buildModelSpec } from "../model/build-model-spec.ts";
import { resetTables } from "../model/init-model-state.ts";
import type { TrainingOptions } from "./training-options.ts";
import type { TrainingRun } from "./training-run.ts";

/** Describes the model as an epoch trains it. */
export function epochSpec({ config, parts, seed }: TrainingOptions, epoch: number): ModelSpec {
  return buildModelSpec(phaseConfig(config, epoch), parts.train, seed);
}

/**
 * Does what comes between two epochs, before the first batch: draws embeddings anew, and goes over to the bit widths of
 * a phase that begins.
 *
 * It follows from the epoch and the state alone, so that a run which is resumed between two epochs does it as well.
 */
export function beginEpoch(run: TrainingRun): void {
  const { options, position, state } = run;
  const { compatibility, model, training } = options.config;
  const phase = startsPhase(options.config, position.epoch);
  const reset = training.resetEmbeddings && position.epoch > 0;
  if (position.batch > 0 || !(phase || reset)) return;
  run.plan.sync();
  if (reset) {
    const init = { seed: options.seed, embeddingInit: model.embeddingInit, compatibility };
    resetTables(run.spec, state.tables, init, position.epoch);
  }
  if (!phase) {
    run.plan.reload();
    return;
  }
  forgetScales(run);
  run.spec = epochSpec(options, position.epoch);
  run.plan = compileTraining(run.spec, state, run.kernels, { maxBatch: run.maxBatch });
}

/** A scale belongs to its bit width: 0 says that none was chosen yet. Codes without floats behind them keep theirs. */
function forgetScales({ spec, state }: TrainingRun): void {
  spec.tables.forEach(({ quantization }, t) => {
    if (quantization.kind !== "stored") state.tables[t].scale.fill(0);
  });
}
