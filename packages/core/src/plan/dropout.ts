import { uniformAt } from "../random/random.ts";
import { threefry2x32, type RandomKey } from "../random/threefry.ts";
import type { ModelSpec } from "./model-spec.ts";

/** Keeps what is dropped apart from the streams of parameters, epochs and rounding, under one seed. */
const DROPOUT_STREAM = 0x5000_0000;

/** Drops hidden activations in training passes, and their gradients. */
export interface Dropout {
  /** Answers the activations that the next layer sees, in an array that is valid until the next call. */
  forward(x: Float32Array, count: number, step: number): Float32Array;
  /** Turns the gradient of what `forward` answered into that of what it took. */
  backward(gradient: Float32Array, count: number): void;
}

/**
 * Prepares the dropout of each top layer's input: the hidden ones alone, none when the rate is 0.
 *
 * @cost two numbers for each hidden activation of `maxBatch` samples; a random number for each in a training pass
 */
export function createDropouts(
  { regularization, top }: ModelSpec,
  maxBatch: number,
): readonly (Dropout | undefined)[] {
  if (regularization === undefined || regularization.dropout.rate === 0) return [];
  const { rate, seed } = regularization.dropout;
  return top.map(({ inputs }, layer) =>
    layer === 0
      ? undefined
      : createDropout(rate, { seed, stream: DROPOUT_STREAM + layer }, maxBatch * inputs),
  );
}

function createDropout(rate: number, key: RandomKey, length: number): Dropout {
  const kept = 1 / (1 - rate);
  const factors = new Float32Array(length);
  const thinned = new Float32Array(length);
  return {
    forward(x, count, step) {
      const stepKey = keyOfStep(key, step);
      for (let i = 0; i < count; i++) {
        factors[i] = uniformAt(stepKey, i) < rate ? 0 : kept;
        thinned[i] = x[i] * factors[i];
      }
      return thinned;
    },
    backward(gradient, count) {
      for (let i = 0; i < count; i++) gradient[i] *= factors[i];
    },
  };
}

/** A step's numbers are a stream of their own, so that a position needs no room for the step. */
function keyOfStep(key: RandomKey, step: number): RandomKey {
  const words = new Uint32Array(2);
  threefry2x32(key, step | 0, Math.floor(step / 2 ** 32), words);
  return { seed: words[0], stream: words[1] };
}
