import type { ProductPrecision } from "@dqrm/core";
import { evaluateModelPausing } from "@dqrm/dlrm";
import { createBadLines } from "../pipeline/bad-lines.ts";
import { openModel, openServedData } from "../pipeline/open-model.ts";
import { metricsText } from "../terminal/metrics-text.ts";
import { noteBadLines } from "./notes.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm evaluate`. */
export interface EvaluateOptions {
  readonly model: string;
  readonly data: string;
  readonly kernels: string;
  readonly threads: number | undefined;
  readonly products: ProductPrecision;
  readonly skipBadLines: boolean;
  readonly json: boolean;
}

/** Measures a saved model on every row of a click log. */
export async function evaluate(options: EvaluateOptions, surroundings: Surroundings): Promise<void> {
  const { pause, terminal } = surroundings;
  const { config, plan, preprocessing } = await openModel(options, surroundings);
  const bad = createBadLines();
  const read = options.skipBadLines ? { onBadLine: bad.onBadLine } : {};
  const { close, dataset } = await openServedData(options.data, preprocessing, read, surroundings);
  noteBadLines(bad, terminal);
  try {
    const metrics = await evaluateModelPausing(plan, dataset, {
      batchSize: config.training.evaluationBatchSize,
      roundTargets: config.loss.roundTargets,
      afterBatch: async () => {
        await pause();
        terminal.signal.throwIfAborted();
      },
    });
    terminal.out(options.json ? `${JSON.stringify(metrics)}\n` : `${metricsText(metrics)}\n`);
  } finally {
    await close();
  }
}
