import { keep, reshape } from "@tensorflow/tfjs-core";
import type { LinearQuantization } from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import { fakeQuantize, symmetricScales } from "./fake-quantize.ts";
import type { LayerOnDevice } from "./stack.ts";

type Fake = Extract<LinearQuantization, { kind: "fake" }>;

/** Shows the layers of a stack to the forward pass as their quantization says, and keeps what it made until they change. */
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
  const scale = symmetricScales(weight, bits, granularity === "channel" ? "row" : "table");
  return {
    weight: fakeQuantize(weight, scale, bits),
    bias: kind === "same" ? fakeQuantize(bias, reshape(scale, [scale.size]), bits) : bias,
  };
}
