import {
  abs,
  add,
  clipByValue,
  div,
  keep,
  max,
  maximum,
  mul,
  reshape,
  round,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { MIN_PEAK, type LinearQuantization } from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import type { LayerOnDevice } from "./stack.ts";

type Fake = Extract<LinearQuantization, { kind: "fake" }>;

/**
 * Shows the layers of a stack to the forward pass as their quantization says, and keeps what it made until they change.
 *
 * The numbers are core's, bit for bit wherever the backend computes in f32 and divides exactly, as cpu and wasm do.
 */
export class ServedLayers {
  readonly #runtime: Runtime;
  readonly #quantization: LinearQuantization;
  #kept: readonly LayerOnDevice[] | undefined;

  constructor(runtime: Runtime, quantization: LinearQuantization) {
    this.#runtime = runtime;
    this.#quantization = quantization;
  }

  /** Gives the layers as served, of masters that did not change since `dispose`. */
  of(masters: readonly LayerOnDevice[]): readonly LayerOnDevice[] {
    const quantization = this.#quantization;
    if (quantization.kind === "none") return masters;
    this.#kept ??= this.#runtime.run(() =>
      masters.map((layer) => {
        const { bias, weight } = quantized(layer, quantization);
        return { weight: keep(weight), bias: bias === layer.bias ? bias : keep(bias) };
      }),
    );
    return this.#kept;
  }

  /** Forgets what was made of masters that have changed. */
  dispose(): void {
    for (const { bias, weight } of this.#kept ?? []) {
      weight.dispose();
      if (this.#quantization.kind === "fake" && this.#quantization.bias === "same") bias.dispose();
    }
    this.#kept = undefined;
  }
}

function quantized({ bias, weight }: LayerOnDevice, { bias: kind, bits, granularity }: Fake): LayerOnDevice {
  const peak = granularity === "channel" ? max(abs(weight), 1, true) : reshape(max(abs(weight)), [1, 1]);
  const scale = div(maximum(peak, MIN_PEAK), 2 ** (bits - 1) - 1);
  return {
    weight: fakeQuantize(weight, scale, bits),
    bias: kind === "same" ? fakeQuantize(bias, reshape(scale, [scale.size]), bits) : bias,
  };
}

function fakeQuantize(weights: Tensor, scale: Tensor, bits: number): Tensor {
  const half = 2 ** (bits - 1);
  const level = round(clipByValue(mul(weights, div(1, scale)), -half, half - 1));
  // Adding 0 makes a −0 of the rounding the 0 that a code stands for.
  return add(mul(level, scale), 0);
}
