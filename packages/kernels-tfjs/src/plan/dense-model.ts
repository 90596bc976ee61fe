import { concat, keep, reshape, slice, type Tensor } from "@tensorflow/tfjs-core";
import { vectorCols, type InteractionSpec, type ModelSpec } from "@dqrm/core";
import { interactionBackward } from "../ops/interaction-backward.ts";
import { pairPlaces, trianglePlaces } from "../ops/interaction-pairs.ts";
import { interaction } from "../ops/interaction.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { backwardStack, forwardStack, type LayerOnDevice, type StackPass } from "./stack.ts";

/** Holds the layers of a model on the backend, as the forward pass sees them. */
export interface DenseLayers {
  readonly bottom: readonly LayerOnDevice[];
  readonly top: readonly LayerOnDevice[];
}

/** Holds what comes into the dense part of a model. */
export interface DenseInput {
  /** @shape f32[size × denseFeatures] */
  readonly dense: Tensor;
  /** The vectors of the features. @shape f32[size × features × cols] */
  readonly pooled: Tensor;
  /** Factors of the inputs of top layers, in a training pass with dropout. */
  readonly factors: readonly (Tensor | undefined)[];
}

/** Remembers a forward pass. */
export interface DensePass {
  readonly bottom: StackPass;
  readonly vectors: Tensor;
  readonly top: StackPass;
  /** @shape f32[size] */
  readonly logits: Tensor;
}

/** Holds the gradients of the dense part. */
export interface DenseGradients extends DenseLayers {
  /** @shape f32[size × features × cols] */
  readonly pooled: Tensor;
}

/** Runs what of a model is no table: its layers and the interaction between them. */
export class DenseModel {
  readonly #spec: ModelSpec;
  readonly #shape: InteractionSpec;
  readonly #pairs: Tensor;
  readonly #triangle: Tensor;

  constructor(spec: ModelSpec, runtime: Runtime) {
    const { itself, kind } = spec.interaction;
    this.#spec = spec;
    this.#shape = { kind, itself, vectors: spec.features.length + 1, cols: vectorCols(spec) };
    const [pairs, triangle] = [pairPlaces(this.#shape), trianglePlaces(this.#shape)];
    this.#pairs = keep(runtime.send(pairs, [pairs.length]));
    this.#triangle = keep(runtime.send(triangle, [triangle.length]));
  }

  forward(layers: DenseLayers, { dense, factors, pooled }: DenseInput): DensePass {
    const { cols, vectors: count } = this.#shape;
    const size = dense.shape[0];
    const bottom = forwardStack(this.#spec.bottom, layers.bottom, dense, []);
    const first = reshape(bottom.output, [size, 1, cols]);
    const vectors = count === 1 ? first : concat([first, pooled], 1);
    const crossed = interaction(this.#shape, vectors, this.#pairs);
    const top = forwardStack(this.#spec.top, layers.top, crossed, factors);
    return { bottom, vectors, top, logits: reshape(top.output, [size]) };
  }

  /** Takes the gradient of the logits. @shape f32[size] */
  backward(layers: DenseLayers, { bottom, top, vectors }: DensePass, dlogits: Tensor): DenseGradients {
    const { cols, vectors: count } = this.#shape;
    const size = dlogits.size;
    const fromTop = backwardStack(this.#spec.top, layers.top, top, {
      gradient: reshape(dlogits, [size, 1]),
      wantsInput: true,
    });
    const dcrossed = fromTop.input ?? dlogits;
    const dvectors = interactionBackward(this.#shape, vectors, dcrossed, this.#triangle);
    const fromBottom = backwardStack(this.#spec.bottom, layers.bottom, bottom, {
      gradient: reshape(slice(dvectors, [0, 0, 0], [size, 1, cols]), [size, cols]),
      wantsInput: false,
    });
    const pooled = slice(dvectors, [0, 1, 0], [size, count - 1, cols]);
    return { bottom: fromBottom.layers, top: fromTop.layers, pooled };
  }

  dispose(): void {
    this.#pairs.dispose();
    this.#triangle.dispose();
  }
}
