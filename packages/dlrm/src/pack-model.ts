import {
  createKernels,
  DqrmError,
  packTable,
  projectionLayers,
  type Kernels,
  type LayerSpec,
  type LayerState,
  type ModelSpec,
  type ModelState,
  type PackedLayer,
  type PackedModel,
  type TableSpec,
} from "@dqrm/core";
import { packLayer } from "./pack-layer.ts";

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
    specs.map((layer, k) => packLayer(layer, states[k], { quantization: spec.linearQuantization, kernels }));
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

/**
 * Copies the float parameters of a state as a model without any codes: what training would serve if it did not quantize.
 *
 * @throws SHAPE when the state does not fit the spec; VALUE when a table is trained in codes and has no floats
 *
 * ```ts doctest
 * import { allocateModelState, createArena } from "@dqrm/core";
 * import { buildModelSpec, floatModel, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const model = floatModel(spec, allocateModelState(spec, createArena(1 << 16)));
 * model.tables[0] instanceof Float32Array; // => true
 * ```
 */
export function floatModel(spec: ModelSpec, state: ModelState): PackedModel {
  const tables = spec.tables.map((table): TableSpec => {
    if (table.quantization.kind !== "stored") return { ...table, quantization: { kind: "none" } };
    const [expected, actual] = ["float weights", "codes only, as it was trained"];
    throw new DqrmError("VALUE", { op: "floatModel", what: `table ${table.name}`, expected, actual });
  });
  return packModel({ ...spec, tables, linearQuantization: { kind: "none" } }, state, createKernels([]));
}
