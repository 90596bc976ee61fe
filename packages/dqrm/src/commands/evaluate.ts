import { evaluateModel } from "@dqrm/dlrm";
import { openModel, openServedData } from "../pipeline/open-model.ts";
import { metricsText } from "../terminal/metrics-text.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm evaluate`. */
export interface EvaluateOptions {
  readonly model: string;
  readonly data: string;
  readonly kernels: string;
  readonly json: boolean;
}

/** Measures a saved model on every row of a click log. */
export async function evaluate(options: EvaluateOptions, surroundings: Surroundings): Promise<void> {
  const { terminal } = surroundings;
  const { config, plan, preprocessing } = await openModel(options.model, options.kernels, surroundings);
  const { close, dataset } = await openServedData(options.data, preprocessing, {}, surroundings);
  try {
    const metrics = evaluateModel(plan, dataset, {
      batchSize: config.training.evaluationBatchSize,
      roundTargets: config.loss.roundTargets,
    });
    terminal.out(options.json ? `${JSON.stringify(metrics)}\n` : `${metricsText(metrics)}\n`);
  } finally {
    await close();
  }
}
