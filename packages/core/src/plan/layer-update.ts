import type { OptimizerSpec } from "../kernel/ops.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { LayerState } from "./model-state.ts";
import type { LayerTensors } from "./plan.ts";

/**
 * Prepares the optimizer's step over linear layers.
 *
 * @cost O(dense parameters)
 */
export function prepareLayerUpdate(
  optimizer: OptimizerSpec,
  states: readonly LayerState[],
  kernels: Kernels,
): (gradients: readonly LayerTensors[], learningRate: number) => void {
  const updateDense = kernels.prepare("updateDense", { optimizer });
  return (gradients, rate) => {
    states.forEach(({ bias, biasOptimizer, weight, weightOptimizer }, k) => {
      updateDense(weight, gradients[k].weight, weightOptimizer, rate, 0, weight.length);
      updateDense(bias, gradients[k].bias, biasOptimizer, rate, 0, bias.length);
    });
  };
}
