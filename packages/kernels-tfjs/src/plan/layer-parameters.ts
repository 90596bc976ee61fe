import type { Tensor } from "@tensorflow/tfjs-core";
import type { LayerSpec, LayerState, LayerTensors, ModelSpec, ModelState } from "@dqrm/core";
import type { DenseLayers } from "./dense-model.ts";
import type { Parameter } from "./parameters.ts";
import type { LayerOnDevice } from "./stack.ts";

/** Lists the parameters of a model's layers: bottom, then top, of each layer the weight and then the bias. */
export function layerParameters(spec: ModelSpec, state: ModelState): readonly Parameter[] {
  const of = (specs: readonly LayerSpec[], states: readonly LayerState[]): readonly Parameter[] =>
    specs.flatMap(({ inputs, outputs }, k) => [
      {
        shape: [outputs, inputs],
        values: states[k].weight,
        state: states[k].weightOptimizer,
        rowwise: false,
      },
      { shape: [outputs], values: states[k].bias, state: states[k].biasOptimizer, rowwise: false },
    ]);
  return [...of(spec.bottom, state.bottom), ...of(spec.top, state.top)];
}

/** Sorts tensors in the order of {@link layerParameters} into layers. */
export function layersOf(spec: ModelSpec, tensors: readonly Tensor[]): DenseLayers {
  const layers = [...spec.bottom, ...spec.top].map((_, k): LayerOnDevice => ({
    weight: tensors[2 * k],
    bias: tensors[2 * k + 1],
  }));
  return { bottom: layers.slice(0, spec.bottom.length), top: layers.slice(spec.bottom.length) };
}

/** Lists the tensors of layers in the order of {@link layerParameters}. */
export function tensorsOf({ bottom, top }: DenseLayers): readonly Tensor[] {
  return [...bottom, ...top].flatMap(({ bias, weight }) => [weight, bias]);
}

/** Holds arrays in the shapes of a model's layers. */
export interface LayerArrays {
  readonly bottom: readonly LayerTensors[];
  readonly top: readonly LayerTensors[];
}

/** Lists a model's arrays of layers in the order of {@link layerParameters}. */
export function arraysOf({ bottom, top }: LayerArrays): readonly Float32Array[] {
  return [...bottom, ...top].flatMap(({ bias, weight }) => [weight, bias]);
}
