import type { BitWidth } from "../../format/row-format.ts";
import type { RowGradient } from "../../format/row-gradient.ts";
import { clamp, codeRange, roundHalfEven } from "../../reference/quantize-value.ts";
import type { LearnedStep } from "../model-spec.ts";
import { infiniteWeight } from "./infinite-weight.ts";

/** A step of zero could neither quantize nor grow. */
const SMALLEST_STEP = 1e-8;

/** Codes of 16 bits times this are finite still. */
const LARGEST_STEP = 2 ** 100;

/**
 * Gives the first step of a table: 2·mean|w|/√n, n = 2^(bits−1) − 1.
 *
 * @throws NON_FINITE naming the table, when a weight is NaN or infinite
 * @cost O(weights)
 * @source Esser et al., Learned Step Size Quantization, 2020, §2.1
 */
export function initialStep(weights: Float32Array, bits: BitWidth, name: string): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += Math.abs(weights[i]);
  if (!Number.isFinite(sum)) throw infiniteWeight(name, weights);
  const mean = sum / weights.length;
  return boundedStep((2 * mean) / Math.sqrt(codeRange({ bits, scheme: "symmetric" }).high));
}

/** Learns a table's step from a batch's row gradient, and takes the gradient from weights that codes clip. */
export type StepLearning = (gradient: RowGradient, learningRate: number) => void;

/** Gives step learning what it is built from. */
export interface StepLearningParts {
  readonly bits: BitWidth;
  readonly weights: Float32Array;
  readonly scale: Float32Array;
  readonly step: LearnedStep;
}

/**
 * Prepares the learning of a step, before the rows change.
 *
 * @units slope of a weight at x = w/s: round(x) − x inside the codes, their bound outside; ds = Σ g·slope over the touched
 *        weights. relative: s ← s·exp(−rate·ds/√(Σ g²·Σ slope²)); gradient: s ← s − lr·ds/√(n·touched weights)
 */
export function prepareStepLearning(parts: StepLearningParts): StepLearning {
  const { bits, scale, step } = parts;
  const { high } = codeRange({ bits, scheme: "symmetric" });
  const sums = { product: 0, gradients: 0, slopes: 0 };
  return function learnStep(gradient, learningRate) {
    sumSlopes(parts, gradient, sums);
    const { gradients, product, slopes } = sums;
    if (product === 0) return;
    if (step.kind === "relative") {
      const cosine = product / Math.sqrt(gradients * slopes);
      scale[0] = boundedStep(scale[0] * Math.exp(-step.rate * cosine));
      return;
    }
    const touched = gradient.count * gradient.cols;
    scale[0] = boundedStep(scale[0] - (learningRate * product) / Math.sqrt(high * touched));
  };
}

interface SlopeSums {
  product: number;
  gradients: number;
  slopes: number;
}

function sumSlopes(
  { bits, scale, weights }: StepLearningParts,
  { cols, count, rows, values }: RowGradient,
  sums: SlopeSums,
): void {
  const { high, low } = codeRange({ bits, scheme: "symmetric" });
  const inverse = Math.fround(1 / scale[0]);
  let [product, gradients, slopes] = [0, 0, 0];
  for (let k = 0; k < count; k++) {
    const shift = (rows[k] - k) * cols;
    for (let i = k * cols; i < (k + 1) * cols; i++) {
      const g = values[i];
      const level = Math.fround(weights[i + shift] * inverse);
      const bound = clamp(level, low, high);
      const slope = bound === level ? roundHalfEven(level) - level : bound;
      product += g * slope;
      gradients += g * g;
      slopes += slope * slope;
      if (bound !== level) values[i] = 0;
    }
  }
  sums.product = product;
  sums.gradients = gradients;
  sums.slopes = slopes;
}

function boundedStep(step: number): number {
  return clamp(step, SMALLEST_STEP, LARGEST_STEP);
}
