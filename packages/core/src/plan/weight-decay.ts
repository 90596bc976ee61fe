import type { ModelSpec } from "./model-spec.ts";
import type { LayerState, ModelState } from "./model-state.ts";
import type { LayerTensors, ModelGradients } from "./plan.ts";
import type { TableTraining } from "./quantizer/table-training.ts";

/**
 * Prepares the addition of the L2 penalty's gradient to that of the loss; undefined when there is no penalty.
 *
 * Comes between the last change of the gradients and the update, so that the penalty counts once for a step and a row,
 * however many workers or lookups touched it.
 *
 * @units g += λ·w, for the rows that were touched and the weights of layers and projections; biases have no penalty
 * @cost O(gradient)
 */
export function createWeightDecay(
  { regularization }: ModelSpec,
  state: ModelState,
  tables: readonly TableTraining[],
): ((gradients: ModelGradients) => void) | undefined {
  const factor = regularization?.l2 ?? 0;
  if (factor === 0) return undefined;
  const layers = (states: readonly LayerState[], gradients: readonly LayerTensors[]): void => {
    states.forEach(({ weight }, k) => {
      add(factor, weight, gradients[k].weight, weight.length);
    });
  };
  let rowWeights = new Float32Array(0);
  return (gradients) => {
    gradients.tables.forEach(({ cols, count, rows, values }, t) => {
      if (rowWeights.length < count * cols) rowWeights = new Float32Array(2 * count * cols);
      tables[t].readRows(rows, count, rowWeights);
      add(factor, rowWeights, values, count * cols);
    });
    layers(state.bottom, gradients.bottom);
    layers(state.top, gradients.top);
    layers(state.projections, gradients.projections);
  };
}

function add(factor: number, weights: Float32Array, gradient: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) gradient[i] += factor * weights[i];
}
