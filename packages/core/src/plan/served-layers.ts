import type { RowFormat } from "../format/row-format.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { LayerSpec, LinearQuantization } from "./model-spec.ts";
import type { LayerState } from "./model-state.ts";
import type { LayerTensors } from "./plan.ts";

/** Holds the weights that the forward pass sees, and renews them after the masters changed. */
export interface ServedLayers {
  readonly layers: readonly LayerTensors[];
  refresh(): void;
}

/**
 * Says how a layer's weights are packed: rows of inputs, one scale for each output or one for the matrix.
 *
 * ```ts doctest
 * import { layerFormat } from "@dqrm/core";
 * layerFormat({ kind: "fake", bits: 4, granularity: "channel", bias: "same" }, 512).granularity; // => { kind: "row" }
 * ```
 */
export function layerFormat(
  quantization: Extract<LinearQuantization, { kind: "fake" }>,
  cols: number,
): RowFormat {
  const kind = quantization.granularity === "channel" ? "row" : "table";
  return { bits: quantization.bits, cols, scheme: "symmetric", granularity: { kind } };
}

/**
 * Prepares the weights of a stack as training sees them: the masters themselves, or their fake-quantized copies.
 *
 * @source DQRM §3.1, QuantLinear: the bias takes the bits and the scale of its output when `bias` is "same"
 * @cost a refresh is O(weights), and nothing without quantization
 */
export function createServedLayers(
  specs: readonly LayerSpec[],
  states: readonly LayerState[],
  quantization: LinearQuantization,
  kernels: Kernels,
): ServedLayers {
  if (quantization.kind === "none") return { layers: states, refresh: () => undefined };
  const noBias = new Float32Array(0);
  const prepared = specs.map(({ inputs, outputs }, k) => {
    const format = layerFormat(quantization, inputs);
    const biasFormat = layerFormat(quantization, 1);
    const master = states[k];
    const scale = new Float32Array(format.granularity.kind === "row" ? outputs : 1);
    const chooseScale = kernels.prepare("chooseScale", format);
    const quantizeWeight = kernels.prepare("fakeQuantizeRows", format);
    const quantizeBias = kernels.prepare("fakeQuantizeRows", biasFormat);
    const weight = new Float32Array(master.weight.length);
    const bias = quantization.bias === "same" ? new Float32Array(master.bias.length) : master.bias;
    return {
      tensors: { weight, bias },
      refresh(): void {
        chooseScale(master.weight, scale, noBias, 0, outputs);
        quantizeWeight(master.weight, scale, noBias, weight, 0, outputs);
        if (bias !== master.bias) quantizeBias(master.bias, scale, noBias, bias, 0, outputs);
      },
    };
  });
  return {
    layers: prepared.map(({ tensors }) => tensors),
    refresh() {
      for (const layer of prepared) layer.refresh();
    },
  };
}
