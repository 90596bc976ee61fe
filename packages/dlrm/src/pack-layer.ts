import {
  allocateRows,
  DqrmError,
  layerFormat,
  type Kernels,
  type LayerSpec,
  type LinearQuantization,
  type PackedLayer,
} from "@dqrm/core";
import { createQuantizer, quantizeTable, type RangeEstimator } from "@dqrm/quant";

/** Holds the parameters of a linear layer in floats. */
export interface FloatLayer {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Says how a layer is packed. */
export interface PackLayerOptions {
  readonly quantization: LinearQuantization;
  readonly kernels: Kernels;
  /** Absent means exact: no weight is clamped. */
  readonly range?: RangeEstimator;
}

/** Packs a layer; what is not quantized is copied. */
export function packLayer(
  { inputs, outputs }: LayerSpec,
  layer: FloatLayer,
  { kernels, quantization, range }: PackLayerOptions,
): PackedLayer {
  checkLength("weight of a layer", layer.weight, outputs * inputs);
  checkLength("bias of a layer", layer.bias, outputs);
  if (quantization.kind === "none") return { weight: layer.weight.slice(), bias: layer.bias.slice() };
  const nearest = { rounding: "nearest", kernels } as const;
  const weight = quantizeTable(layer.weight, outputs, layerFormat(quantization, inputs), {
    ...nearest,
    ...(range === undefined ? {} : { range }),
  });
  if (quantization.bias === "float") return { weight, bias: layer.bias.slice() };
  const bias = { ...allocateRows(layerFormat(quantization, 1), outputs), scale: weight.scale };
  createQuantizer(bias.format, nearest).quantize(layer.bias, bias, UNUSED_KEY);
  return { weight, bias };
}

/** Rounding to nearest draws no random numbers. */
const UNUSED_KEY = { seed: 0, stream: 0 } as const;

function checkLength(what: string, { length }: Float32Array, expected: number): void {
  if (length !== expected) throw new DqrmError("SHAPE", { op: "packModel", what, expected, actual: length });
}
