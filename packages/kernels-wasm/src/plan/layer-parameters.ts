import type { LayerState, LinearQuantization } from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import type { TrainingExports } from "../training.generated.ts";
import type { LayerMemory } from "./layer-memory.ts";
import type { ModelMemory } from "./model-memory.ts";
import { LAYER, PLAN, writeRecord } from "./records.ts";

/** Keeps the parameters of the layers in the panels that training changes. */
export interface LayerParameters {
  /** Reads the caller's arrays, and renews how the layers are served. */
  load(): void;
  /** Writes the caller's arrays. */
  store(): void;
}

/** Pairs an array of the caller with where it lies in panels. */
interface Matrix {
  readonly array: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
  readonly panelRows: number;
  readonly panels: number;
}

/**
 * Takes room for the panels of all layers.
 *
 * @cost three times the weights, and once more for a quantized model, and once more for adagrad's sums
 */
export function createLayerParameters(
  runtime: Runtime<TrainingExports>,
  memory: ModelMemory,
  states: readonly LayerState[],
  quantization: LinearQuantization,
): LayerParameters {
  const { exports } = runtime;
  const matrices = memory.layers.map((layer, k) => placeLayer(memory, layer, states[k], quantization)).flat();
  const oneScale = quantization.kind === "fake" && quantization.granularity === "matrix" ? 1 : 0;
  writeRecord(memory.view, PLAN, memory.plan, { oneScale });
  const largest = Math.max(...matrices.map(({ array }) => array.length));
  const staging = memory.parts.words(largest);
  const floats = new Float32Array(runtime.memory.buffer);

  return {
    load() {
      for (const { array, inputs, outputs, panelRows, panels } of matrices) {
        floats.set(array, staging / 4);
        exports.packPanels(staging, inputs, outputs, panelRows, panels);
      }
      for (const { record } of memory.layers) exports.serveLayer(record);
    },
    store() {
      for (const { array, inputs, outputs, panelRows, panels } of matrices) {
        exports.unpackPanels(panels, inputs, outputs, panelRows, staging);
        array.set(floats.subarray(staging / 4, staging / 4 + array.length));
      }
    },
  };
}

function placeLayer(
  { layers, parts, view }: ModelMemory,
  { outputCols, panelRows, record, spec }: LayerMemory,
  state: LayerState,
  quantization: LinearQuantization,
): readonly Matrix[] {
  const words = panelRows * outputCols;
  const fake = quantization.kind === "fake";
  const sameBias = fake && quantization.bias === "same";
  const remembers = state.weightOptimizer.length > 0;
  const master = parts.words(words);
  const masterBias = parts.words(outputCols);
  const optimizer = remembers ? parts.words(words) : 0;
  const biasOptimizer = remembers ? parts.words(outputCols) : 0;
  writeRecord(view, LAYER, record, {
    forward: fake ? parts.words(words) : master,
    bias: sameBias ? parts.words(outputCols) : masterBias,
    // Nobody reads the gradient of the dense features.
    backward: record === layers[0].record ? 0 : parts.words(words),
    master,
    masterBias,
    state: optimizer,
    biasState: biasOptimizer,
    bits: fake ? quantization.bits : 0,
    oneScale: fake && quantization.granularity === "matrix" ? 1 : 0,
    quantizedBias: sameBias ? 1 : 0,
    peaks: parts.words(outputCols / 8),
  });
  const { inputs, outputs } = spec;
  const weight = { inputs, outputs, panelRows };
  // One input in panels of one row: a bias lies in memory as in the caller's array.
  const bias = { inputs: 1, outputs, panelRows: 1 };
  const matrices: Matrix[] = [
    { array: state.weight, panels: master, ...weight },
    { array: state.bias, panels: masterBias, ...bias },
  ];
  if (!remembers) return matrices;
  return [
    ...matrices,
    { array: state.weightOptimizer, panels: optimizer, ...weight },
    { array: state.biasOptimizer, panels: biasOptimizer, ...bias },
  ];
}
