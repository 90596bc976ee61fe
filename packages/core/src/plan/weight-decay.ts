import type { RowGradient } from "../format/row-gradient.ts";
import type { LayerState } from "./model-state.ts";
import type { LayerTensors } from "./plan.ts";
import type { TableTraining } from "./quantizer/table-training.ts";

// The gradient of the L2 penalty comes between the last change of the gradients and the update, so that the penalty counts
// once for a step and a row, however many workers or lookups touched it.

/**
 * Prepares the addition of the L2 penalty's gradient to that of the rows that were touched.
 *
 * @units g += λ·w
 * @cost O(gradient)
 */
export function prepareRowDecay(
  factor: number,
  tables: readonly TableTraining[],
): (gradients: readonly RowGradient[]) => void {
  let rowWeights = new Float32Array(0);
  return (gradients) => {
    gradients.forEach(({ cols, count, rows, values }, t) => {
      if (rowWeights.length < count * cols) rowWeights = new Float32Array(2 * count * cols);
      tables[t].readRows(rows, count, rowWeights);
      add(factor, rowWeights, values, count * cols);
    });
  };
}

/**
 * Adds the L2 penalty's gradient to that of the weights of layers; biases have no penalty.
 *
 * @units g += λ·w
 */
export function decayLayers(
  factor: number,
  states: readonly LayerState[],
  gradients: readonly LayerTensors[],
): void {
  states.forEach(({ weight }, k) => {
    add(factor, weight, gradients[k].weight, weight.length);
  });
}

function add(factor: number, weights: Float32Array, gradient: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) gradient[i] += factor * weights[i];
}
