import { uniformAt } from "../random/random.ts";
import type { RandomKey } from "../random/threefry.ts";
import type { ModelSpec } from "./model-spec.ts";
import { FIRST_DROPOUT_STREAM, stepKey } from "./step-key.ts";

/** Says which step a training pass belongs to, and where its first sample stands in the step's batch. */
export interface TrainingPass {
  readonly step: number;
  readonly firstSample: number;
}

/** Drops hidden activations in training passes, and their gradients. */
export interface Dropout {
  /** Answers the activations that the next layer sees, in an array that is valid until the next call. */
  forward(x: Float32Array, count: number, pass: TrainingPass): Float32Array;
  /** Turns the gradient of what `forward` answered into that of what it took. */
  backward(gradient: Float32Array, count: number): void;
}

/**
 * Prepares the dropout of each top layer's input: the hidden ones alone, none when the rate is 0.
 *
 * @cost two numbers for each hidden activation of `maxBatch` samples; a random number for each in a training pass
 *
 * ```ts doctest
 * import { createDropouts } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 4, activation: "relu" }, { inputs: 4, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 *   regularization: { l2: 0, dropout: { rate: 0.5, seed: 3 } },
 * } as const;
 * const [none, hidden] = createDropouts(spec, 1);
 * none; // => undefined
 * // Ones show the factors: each activation is dropped or doubled.
 * hidden?.forward(new Float32Array(4).fill(1), 4, { step: 0, firstSample: 0 }).every((x) => x === 0 || x === 2); // => true
 * ```
 */
export function createDropouts(
  { regularization, top }: ModelSpec,
  maxBatch: number,
): readonly (Dropout | undefined)[] {
  if (regularization === undefined || regularization.dropout.rate === 0) return [];
  const { rate, seed } = regularization.dropout;
  return top.map(({ inputs: cols }, layer) => {
    if (layer === 0) return undefined;
    const key = { seed, stream: FIRST_DROPOUT_STREAM + layer };
    return createDropout({ rate, key, cols }, maxBatch);
  });
}

interface DropoutSpec {
  readonly rate: number;
  readonly key: RandomKey;
  readonly cols: number;
}

function createDropout({ cols, key, rate }: DropoutSpec, maxBatch: number): Dropout {
  const kept = 1 / (1 - rate);
  const factors = new Float32Array(maxBatch * cols);
  const thinned = new Float32Array(maxBatch * cols);
  return {
    forward(x, count, { firstSample, step }) {
      const keyOfStep = stepKey(key, step);
      const first = firstSample * cols;
      for (let i = 0; i < count; i++) {
        factors[i] = uniformAt(keyOfStep, first + i) < rate ? 0 : kept;
        thinned[i] = x[i] * factors[i];
      }
      return thinned;
    },
    backward(gradient, count) {
      for (let i = 0; i < count; i++) gradient[i] *= factors[i];
    },
  };
}
