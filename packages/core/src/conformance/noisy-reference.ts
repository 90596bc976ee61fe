import { defineKernels, type KernelBackend } from "../kernel/backend.ts";
import { createRandom } from "../random/random.ts";
import { interactionOutputs } from "../reference/interaction.ts";
import { EPSILON } from "./expect.ts";
import { lossBounds } from "./loss.ts";
import { magnitudes } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

/**
 * Makes kernels that err at random by as much as their contracts allow: how far a model moves under them bounds how
 * far a correct backend may move.
 *
 * @source stochastic arithmetic, Vignes 1993 (CESTAC): rounding errors estimated by repeating a program with random ones
 */
export function noisyReference(seed: number): KernelBackend {
  const random = createRandom({ seed, stream: 0x6e6f6973 });
  /** Disturbs elements [begin, end) by ± factor × terms[i]. */
  const disturb = (
    values: Float32Array | Float64Array,
    terms: ArrayLike<number>,
    factor: number,
    begin: number,
    end: number,
  ): void => {
    for (let i = begin; i < end; i++) values[i] += (random.next() < 0.5 ? -factor : factor) * terms[i];
  };
  return defineKernels(`reference with noise ${seed}`, {
    linear: (spec) => (x, weight, bias, y, begin, end) => {
      const { activation, inputs, outputs } = spec;
      const sums = new Float32Array(y.length);
      const plain = referenceKernel("linear", { inputs, outputs, activation: "none" });
      plain(magnitudes(x), magnitudes(weight), magnitudes(bias), sums, begin, end);
      plain(x, weight, bias, y, begin, end);
      disturb(y, sums, (inputs + 1) * EPSILON, begin * outputs, end * outputs);
      const from = begin * outputs;
      for (let i = from; i < end * outputs; i++) {
        if (activation === "relu") y[i] = Math.max(0, y[i]);
        if (activation === "sigmoid") y[i] = 1 / (1 + Math.exp(-y[i]));
      }
    },
    linearBackwardInput: (spec) => (dy, weight, dx, begin, end) => {
      const sums = new Float32Array(dx.length);
      const exact = referenceKernel("linearBackwardInput", spec);
      exact(magnitudes(dy), magnitudes(weight), sums, begin, end);
      exact(dy, weight, dx, begin, end);
      disturb(dx, sums, spec.outputs * EPSILON, begin * spec.inputs, end * spec.inputs);
    },
    linearBackwardWeight: (spec) => (x, dy, samples, dweight, dbias, begin, end) => {
      const sums = new Float32Array(dweight.length);
      const biasSums = new Float32Array(dbias.length);
      const exact = referenceKernel("linearBackwardWeight", spec);
      exact(magnitudes(x), magnitudes(dy), samples, sums, biasSums, begin, end);
      exact(x, dy, samples, dweight, dbias, begin, end);
      disturb(dweight, sums, samples * EPSILON, begin * spec.inputs, end * spec.inputs);
      disturb(dbias, biasSums, samples * EPSILON, begin, Math.min(end, dbias.length));
    },
    interaction: (spec) => (vectors, dst, begin, end) => {
      const sums = new Float32Array(dst.length);
      const exact = referenceKernel("interaction", spec);
      exact(magnitudes(vectors), sums, begin, end);
      exact(vectors, dst, begin, end);
      const outputs = interactionOutputs(spec);
      if (spec.kind === "dot") disturb(dst, sums, spec.cols * EPSILON, begin * outputs, end * outputs);
    },
    interactionBackward: (spec) => (vectors, ddst, dvectors, begin, end) => {
      const sums = new Float32Array(dvectors.length);
      const exact = referenceKernel("interactionBackward", spec);
      exact(magnitudes(vectors), magnitudes(ddst), sums, begin, end);
      exact(vectors, ddst, dvectors, begin, end);
      const inputs = spec.vectors * spec.cols;
      disturb(dvectors, sums, (spec.vectors + 2) * EPSILON, begin * inputs, end * inputs);
    },
    loss: (spec) => (logits, labels, samples, predictions, losses, gradient, begin, end) => {
      const exact = referenceKernel("loss", spec);
      exact(logits, labels, samples, predictions, losses, gradient, begin, end);
      const bound = lossBounds([...logits.subarray(0, end)], spec, samples);
      disturb(predictions, bound.predictions, 1, begin, end);
      disturb(losses, bound.losses, 1, begin, end);
      disturb(gradient, bound.gradient, 1, begin, end);
    },
  });
}
