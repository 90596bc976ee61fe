import type { Kernels } from "../kernel/kernels.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { LayerState, ModelState } from "./model-state.ts";
import type { LayerTensors, ModelGradients } from "./plan.ts";
import type { TableTraining } from "./quantizer/table-training.ts";

/** Changes the parameters of a model by its gradients. */
export type ModelUpdate = (gradients: ModelGradients, learningRate: number) => void;

/**
 * Prepares the optimizer's step over all parameters.
 *
 * @cost O(touched rows + dense parameters)
 */
export function createModelUpdate(
  spec: ModelSpec,
  state: ModelState,
  tables: readonly TableTraining[],
  kernels: Kernels,
): ModelUpdate {
  const { optimizer } = spec;
  const updateDense = kernels.prepare("updateDense", { optimizer });
  const updateWeights = kernels.prepare("updateRows", { cols: 1, optimizer });

  const layers = (states: readonly LayerState[], gradients: readonly LayerTensors[], rate: number): void => {
    states.forEach(({ bias, biasOptimizer, weight, weightOptimizer }, k) => {
      updateDense(weight, gradients[k].weight, weightOptimizer, rate, 0, weight.length);
      updateDense(bias, gradients[k].bias, biasOptimizer, rate, 0, bias.length);
    });
  };

  return (gradients, rate) => {
    spec.tables.forEach((table, t) => {
      tables[t].applyGradient(gradients.tables[t], rate, state.step);
      if (table.poolingWeights !== "learned") return;
      const { poolingOptimizer, poolingWeights } = state.tables[t];
      const learned = gradients.poolingWeights[t];
      updateWeights(poolingWeights, table.rows, poolingOptimizer, learned, rate, undefined, 0, learned.count);
    });
    layers(state.bottom, gradients.bottom, rate);
    layers(state.top, gradients.top, rate);
    layers(state.projections, gradients.projections, rate);
  };
}
