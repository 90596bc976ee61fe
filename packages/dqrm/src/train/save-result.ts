import { packModel, servedConfig, type DlrmConfig, type TrainingResult } from "@dqrm/dlrm";
import { inspectPath, saveModelDirectory, type ModelInspection, type TableInspection } from "@dqrm/dlrm/node";
import { modelCard } from "../pipeline/model-card.ts";
import type { TrainRun } from "./run-training.ts";

/** Packs the selected weights and saves the model directory; returns what its files hold. */
export async function saveResult(
  { config, data, kernels, options, seed }: TrainRun,
  result: TrainingResult,
): Promise<ModelInspection | TableInspection> {
  const card = modelCard({
    title: modelTitle(servedConfig(config)),
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

const NAMES = {
  uniform: "DQRM",
  "dead-zone": "dead-zone DLRM",
  dorefa: "DoReFa DLRM",
  lsq: "LSQ DLRM",
  stored: "DLRM without float weights",
} as const satisfies Record<DlrmConfig["quantization"]["tables"]["quantizer"], string>;

function modelTitle({ quantization }: DlrmConfig): string {
  const { bits, quantizer } = quantization.tables;
  if (bits === 32) return quantizer === "dead-zone" ? "FP32 dead-zone DLRM" : "FP32 DLRM";
  return `INT${bits} ${NAMES[quantizer]}`;
}
