import type { PackedRows, RowFormat } from "../format/row-format.ts";
import { createKernels } from "../kernel/kernels.ts";
import { activationSites } from "../plan/activation/activation-sites.ts";
import type { LayerSpec, ModelSpec } from "../plan/model-spec.ts";
import type { LayerState } from "../plan/model-state.ts";
import type { PackedLayer, PackedModel } from "../plan/plan.ts";
import { packTable } from "../plan/quantizer/pack-table.ts";
import { layerFormat } from "../plan/served-layers.ts";
import { reference } from "../reference/index.ts";
import { packedFrom } from "./formats.ts";
import { planState } from "./plan-models.ts";
import { referenceKernel } from "./reference-kernel.ts";

/** Packs a model of the kit in its first state, by the reference kernels. */
export function packedPlanModel(spec: ModelSpec): PackedModel {
  const state = planState(spec);
  return {
    spec,
    tables: spec.tables.map((table, t) => packTable(table, state.tables[t], createKernels([reference]))),
    poolingWeights: state.tables.map(({ poolingWeights }) => poolingWeights),
    bottom: spec.bottom.map((layer, k) => packedLayer(spec, layer, state.bottom[k])),
    top: spec.top.map((layer, k) => packedLayer(spec, layer, state.top[k])),
    projections: state.projections.map(({ bias, weight }) => ({ bias, weight })),
    ...(spec.activationQuantization && { activationRanges: observedRanges(spec) }),
  };
}

/** Ranges that some inputs are beyond. */
function observedRanges(spec: ModelSpec): Float32Array {
  return Float32Array.from(activationSites(spec).flatMap(() => [-1, 1.5, 1]));
}

function packedLayer(
  { linearQuantization }: ModelSpec,
  { inputs, outputs }: LayerSpec,
  { bias, weight }: LayerState,
): PackedLayer {
  if (linearQuantization.kind === "none") return { weight, bias };
  const packed = packedFrom(layerFormat(linearQuantization, inputs), outputs, weight);
  if (linearQuantization.bias === "float") return { weight: packed, bias };
  return { weight: packed, bias: sharingScale(layerFormat(linearQuantization, 1), bias, packed) };
}

function sharingScale(format: RowFormat, weights: Float32Array, { rows, scale }: PackedRows): PackedRows {
  const packed = { ...packedFrom(format, rows, weights), scale };
  const quantize = referenceKernel("quantizeRows", { format, rounding: "nearest" });
  quantize(weights, packed, { seed: 0, stream: 0 }, 0, rows);
  return packed;
}
