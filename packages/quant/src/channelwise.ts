import { DqrmError, type Kernels, type LayerSpec, type LinearQuantization, type RowFormat } from "@dqrm/core";
import { referenceKernels } from "./reference-kernels.ts";

/** Says how a linear layer is quantized: core's description of it, without "none". */
export type LinearFakeQuantization = Extract<LinearQuantization, { readonly kind: "fake" }>;

/** Gives the shape of the layer; its activation does not matter here. */
export type LinearShape = Pick<LayerSpec, "inputs" | "outputs">;

/**
 * Shows the weights and the bias of a linear layer to a forward pass as their codes would be.
 *
 * The gradient passes unchanged: dL/dweight and dL/dbias are those of the quantized values, and dL/dx uses the
 * quantized weight.
 *
 * @shape weight f32[outputs × inputs], bias f32[outputs]
 */
export interface LinearFakeQuantizer {
  /** The scales that the last call of `forward` chose: one for each output, or one. */
  readonly scale: Float32Array;
  /**
   * Chooses the scales anew and overwrites the quantized arrays, which may be the given ones.
   *
   * @throws SHAPE when an array is too short; NON_FINITE when a weight is NaN or infinite
   */
  forward(
    weight: Float32Array,
    bias: Float32Array,
    quantizedWeight: Float32Array,
    quantizedBias: Float32Array,
  ): void;
}

/**
 * Creates the fake quantizer of a linear layer, with a scale for each output ("channel") or one for all ("matrix").
 *
 * `bias: "same"` rounds the bias to the codes and the scale of its output, as the authors do: a bias beyond the
 * weights' range is clamped. `bias: "float"` keeps it.
 *
 * @cost O(outputs × inputs) per call, allocates nothing
 * @source DQRM §3.1; the authors' QuantLinear
 *
 * ```ts doctest
 * import { createLinearFakeQuantizer } from "@dqrm/quant";
 * const fake = createLinearFakeQuantizer(
 *   { inputs: 2, outputs: 2 },
 *   { kind: "fake", bits: 2, granularity: "channel", bias: "same" },
 * );
 * const weight = Float32Array.of(1, 0.2, -4, 3);
 * const bias = Float32Array.of(0.7, 1);
 * fake.forward(weight, bias, weight, bias);
 * [...weight]; // => [1, 0, -4, 4]
 * [...bias]; // => [1, 0]
 * ```
 */
export function createLinearFakeQuantizer(
  { inputs, outputs }: LinearShape,
  { bits, granularity, bias: biasKind }: LinearFakeQuantization,
  kernels: Kernels = referenceKernels,
): LinearFakeQuantizer {
  const scales = { kind: granularity === "channel" ? "row" : "table" } as const;
  const format: RowFormat = { bits, cols: inputs, scheme: "symmetric", granularity: scales };
  const chooseScale = kernels.prepare("chooseScale", format);
  const quantizeWeight = kernels.prepare("fakeQuantizeRows", format);
  // A column of biases: its rows have the layer's outputs, so that each meets the scale of its own weights.
  const quantizeBias = kernels.prepare("fakeQuantizeRows", { ...format, cols: 1 });
  const scale = new Float32Array(granularity === "channel" ? outputs : 1);
  const noBias = new Float32Array(0);
  return {
    scale,
    forward(weight, bias, quantizedWeight, quantizedBias) {
      checkLength("weight", weight, outputs * inputs);
      checkLength("bias", bias, outputs);
      checkLength("quantizedWeight", quantizedWeight, outputs * inputs);
      checkLength("quantizedBias", quantizedBias, outputs);
      chooseScale(weight, scale, noBias, 0, outputs);
      quantizeWeight(weight, scale, noBias, quantizedWeight, 0, outputs);
      if (biasKind === "same") quantizeBias(bias, scale, noBias, quantizedBias, 0, outputs);
      else if (quantizedBias !== bias) quantizedBias.set(bias.subarray(0, outputs));
    },
  };
}

function checkLength(what: string, array: Float32Array, expected: number): void {
  if (array.length >= expected) return;
  throw new DqrmError("SHAPE", { op: "linearFakeQuantizer", what, expected, actual: array.length });
}
