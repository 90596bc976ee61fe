import { packModel, servedConfig, type TrainingResult } from "@dqrm/dlrm";
import { inspectPath, saveModelDirectory, type ModelInspection, type TableInspection } from "@dqrm/dlrm/node";
import { modelCard } from "../pipeline/model-card.ts";
import type { TrainRun } from "./run-training.ts";

/** Packs the selected weights and saves the model directory; returns what its files hold. */
export async function saveResult(
  { config, data, kernels, options, seed }: TrainRun,
  result: TrainingResult,
): Promise<ModelInspection | TableInspection> {
  const { bits } = servedConfig(config).quantization.tables;
  const card = modelCard({
    title: bits === 32 ? "FP32 DLRM" : `INT${bits} DQRM`,
    description: `Trained on \`${options.data}\` with seed ${seed}; the checkpoint with the best validation AUC.`,
    validation: result.selectedRecord,
    test: result.test,
  });
  await saveModelDirectory(options.out, {
    config,
    model: packModel(result.spec, result.selected, kernels),
    preprocessing: data.preprocessing,
    card,
    metrics: result.trainer.history,
  });
  return inspectPath(options.out);
}
