import { checkLearningRate } from "../../reference/update-span.ts";
import type { TableQuantization } from "../model-spec.ts";
import { fakeQuantizedLookup } from "./fake-table.ts";
import { initialStep, prepareStepLearning } from "./learned-step.ts";
import { createMasterTable, NO_SCALES } from "./master-table.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/**
 * Prepares the training of float masters that the forward pass sees through codes with a learned step (LSQ): weights that
 * the codes clip get no gradient.
 *
 * @source Esser et al., Learned Step Size Quantization, 2020; the authors' quantizer/lsq.py
 */
export function createLearnedStepTable(
  context: TableTrainingContext,
  { bits, step }: Extract<TableQuantization, { kind: "learned-step" }>,
): TableTraining {
  const { scale, weights } = context.state;
  const learn = prepareStepLearning({ bits, weights, scale, step });
  const startStep = (): void => {
    if (scale[0] === 0) scale[0] = initialStep(weights, bits, context.table.name);
  };
  const masters = createMasterTable(context, {
    lookup: fakeQuantizedLookup(context, { bits, granularity: { kind: "table" } }),
    scales: { ...NO_SCALES, beforeStep: startStep, beforeInference: startStep },
    range: undefined,
  });
  return {
    ...masters,
    applyGradient(gradient, learningRate, stepNumber) {
      // The rows' kernel refuses it too, but by then the step would have moved.
      checkLearningRate("apply", learningRate);
      learn(gradient, learningRate);
      masters.applyGradient(gradient, learningRate, stepNumber);
    },
  };
}
