import {
  allocateRows,
  createKernels,
  isDeadZone,
  layerFormat,
  reference,
  type LayerSpec,
  type LayerState,
  type ModelSpec,
  type ModelState,
  type PackedLayer,
  type PackedModel,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";

const kernels = createKernels([reference]);

/** Packs rows to the nearest codes, with scales that cover them or those that are given. */
export function packRows(
  format: RowFormat,
  rows: number,
  weights: Float32Array,
  scale?: Float32Array,
): PackedRows {
  const packed = allocateRows(format, rows);
  if (scale === undefined)
    kernels.prepare("chooseScale", format)(weights, packed.scale, packed.bias, 0, rows);
  else packed.scale.set(scale);
  if (isDeadZone(format.scheme)) packed.bias.set(packed.scale.map((top) => top / 8));
  const quantize = kernels.prepare("quantizeRows", { format, rounding: "nearest" });
  quantize(weights, packed, { seed: 0, stream: 0 }, 0, rows);
  return packed;
}

/** Packs a state as its spec says that training sees it. */
export function packModel(spec: ModelSpec, state: ModelState): PackedModel {
  return {
    spec,
    tables: spec.tables.map(({ cols, quantization, rows }, t) => {
      const { weights } = state.tables[t];
      if (quantization.kind !== "fake") return weights;
      const { bits, granularity } = quantization;
      return packRows({ bits, cols, scheme: "symmetric", granularity }, rows, weights);
    }),
    poolingWeights: state.tables.map(({ poolingWeights }) => poolingWeights),
    bottom: spec.bottom.map((layer, k) => packLayer(spec, layer, state.bottom[k])),
    top: spec.top.map((layer, k) => packLayer(spec, layer, state.top[k])),
    projections: [],
  };
}

function packLayer({ linearQuantization }: ModelSpec, layer: LayerSpec, state: LayerState): PackedLayer {
  const { bias, weight } = state;
  if (linearQuantization.kind === "none") return { weight, bias };
  const packed = packRows(layerFormat(linearQuantization, layer.inputs), layer.outputs, weight);
  if (linearQuantization.bias === "float") return { weight: packed, bias };
  return {
    weight: packed,
    bias: packRows(layerFormat(linearQuantization, 1), layer.outputs, bias, packed.scale),
  };
}

/** Gives packed rows as floats. */
export function floatsOf(rows: PackedRows | Float32Array): Float32Array {
  if (rows instanceof Float32Array) return rows;
  const floats = new Float32Array(rows.rows * rows.format.cols);
  kernels.prepare("dequantizeRows", rows.format)(rows, floats, 0, rows.rows);
  return floats;
}
