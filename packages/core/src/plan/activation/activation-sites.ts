import type { Scheme } from "../../format/row-format.ts";
import type { LayerSpec, ModelSpec } from "../model-spec.ts";

/** Numbers that a state holds for each quantized input: smallest, largest, and 1 once observed. */
export const ACTIVATION_RANGE = 3;

/** Names one input of a linear layer that is quantized. */
export interface ActivationSite {
  readonly stack: "bottom" | "top";
  /** The layer in its stack whose input it is. */
  readonly layer: number;
  readonly cols: number;
  /** asymmetric: no value is negative, and codes count up from 0. */
  readonly scheme: Scheme;
}

/**
 * Lists the inputs of linear layers that a model quantizes, bottom first.
 *
 * ```ts doctest
 * import { activationSites } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 4, activation: "relu" }, { inputs: 4, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   activationQuantization: { bits: 8, at: "layers", range: { kind: "running" } },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * activationSites(spec).map(({ stack, layer, scheme }) => `${stack} ${layer} ${scheme}`);
 * // => ["bottom 0 symmetric", "top 0 symmetric", "top 1 asymmetric"]
 * ```
 */
export function activationSites(spec: ModelSpec): readonly ActivationSite[] {
  const { activationQuantization } = spec;
  if (activationQuantization === undefined) return [];
  const everywhere = activationQuantization.at === "layers";
  const sites = (stack: ActivationSite["stack"], layers: readonly LayerSpec[]): readonly ActivationSite[] =>
    (everywhere ? layers : layers.slice(0, 1)).map(({ inputs }, layer) => ({
      stack,
      layer,
      cols: inputs,
      scheme: layer > 0 && layers[layer - 1].activation !== "none" ? "asymmetric" : "symmetric",
    }));
  return [...sites("bottom", spec.bottom), ...sites("top", spec.top)];
}
