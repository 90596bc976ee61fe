import {
  allocateRows,
  DqrmError,
  layerFormat,
  packTable,
  projectionLayers,
  type Kernels,
  type LayerSpec,
  type LayerState,
  type ModelSpec,
  type ModelState,
  type PackedLayer,
  type PackedModel,
} from "@dqrm/core";
import { createQuantizer, quantizeTable } from "@dqrm/quant";

/**
 * Packs a trained model as the forward pass of training sees it at this moment.
 *
 * Inference over the packed model equals the training plan's `infer` bit for bit. A table whose scale is recomputed
 * at every step gets its exact absmax; a table with a stale scale keeps it. Parts without quantization are copied.
 *
 * @throws SHAPE when the state does not fit the spec; NON_FINITE when a scale is chosen over a weight that is NaN or infinite
 * @cost two passes over every quantized weight; allocates the packed model
 *
 * ```ts doctest
 * import { createArena, createKernels, reference } from "@dqrm/core";
 * import { buildModelSpec, initModelState, packModel, presets } from "@dqrm/dlrm";
 * const config = presets.demo;
 * const spec = buildModelSpec(config, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const { embeddingInit } = config.model;
 * const { compatibility } = config;
 * const state = initModelState(spec, { seed: 1, arena: createArena(1 << 16), embeddingInit, compatibility });
 * const model = packModel(spec, state, createKernels([reference]));
 * model.tables.length; // => 1
 * ```
 */
export function packModel(spec: ModelSpec, state: ModelState, kernels: Kernels): PackedModel {
  const layers = (specs: readonly LayerSpec[], states: readonly LayerState[]): readonly PackedLayer[] =>
    specs.map((layer, k) => packLayer(spec, layer, states[k], kernels));
  return {
    spec,
    tables: spec.tables.map((table, t) => packTable(table, state.tables[t], kernels)),
    poolingWeights: state.tables.map(({ poolingWeights }) => poolingWeights.slice()),
    bottom: layers(spec.bottom, state.bottom),
    top: layers(spec.top, state.top),
    projections: projectionLayers(spec).map((_, k) => ({
      weight: state.projections[k].weight.slice(),
      bias: state.projections[k].bias.slice(),
    })),
    ...(spec.activationQuantization && { activationRanges: state.activationRanges.slice() }),
  };
}

function packLayer(
  { linearQuantization }: ModelSpec,
  { inputs, outputs }: LayerSpec,
  state: LayerState,
  kernels: Kernels,
): PackedLayer {
  checkLength("weight of a layer", state.weight, outputs * inputs);
  checkLength("bias of a layer", state.bias, outputs);
  if (linearQuantization.kind === "none") return { weight: state.weight.slice(), bias: state.bias.slice() };
  const format = layerFormat(linearQuantization, inputs);
  const weight = quantizeTable(state.weight, outputs, format, { rounding: "nearest", kernels });
  if (linearQuantization.bias === "float") return { weight, bias: state.bias.slice() };
  const bias = { ...allocateRows(layerFormat(linearQuantization, 1), outputs), scale: weight.scale };
  const quantizer = createQuantizer(bias.format, { rounding: "nearest", kernels });
  quantizer.quantize(state.bias, bias, UNUSED_KEY);
  return { weight, bias };
}

/** Rounding to nearest draws no random numbers. */
const UNUSED_KEY = { seed: 0, stream: 0 } as const;

function checkLength(what: string, { length }: Float32Array, expected: number): void {
  if (length !== expected) throw new DqrmError("SHAPE", { op: "packModel", what, expected, actual: length });
}
