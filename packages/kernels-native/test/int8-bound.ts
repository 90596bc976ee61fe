import type { Batch, LayerSpec, PackedLayer, PackedModel } from "@dqrm/core";
import { floatsOf } from "./inference-model.ts";

/** A number in double, how far off a plan of 8-bit products may be at most, and the variance of that. */
interface Uncertain {
  readonly value: number;
  readonly most: number;
  readonly variance: number;
}

/** A prediction in double, the largest error that its quantization allows, and the deviation that it makes likely. */
export interface BoundedPrediction {
  readonly prediction: number;
  readonly most: number;
  readonly deviation: number;
}

/** One operation in f32 errs by at most half of this, relatively. */
const EPSILON = 2 ** -23;

/** Computes the predictions of single indices in double, and bounds what 8-bit products may change of them. */
export function boundedPredictions(model: PackedModel, batch: Batch): readonly BoundedPrediction[] {
  const { spec } = model;
  const bottom = layersOf(spec.bottom, model.bottom);
  const top = layersOf(spec.top, model.top);
  const tables = model.tables.map(floatsOf);
  return Array.from({ length: batch.size }, (_, s) => {
    const dense = batch.dense.subarray(s * spec.denseFeatures, (s + 1) * spec.denseFeatures);
    const first = through(bottom, Array.from(dense, exact));
    const cols = first.length;
    const rows = batch.bags.map(({ indices, offsets }, t) => {
      const row = indices[offsets[s]];
      return Array.from(tables[t].subarray(row * cols, (row + 1) * cols), exact);
    });
    const vectors = [first, ...rows];
    const crossed = spec.interaction.kind === "cat" ? vectors.flat() : products(vectors);
    const [logit] = through(top, crossed);
    // No slope of the sigmoid is above a quarter; its result is rounded once.
    return {
      prediction: 1 / (1 + Math.exp(-logit.value)),
      most: logit.most / 4 + EPSILON,
      deviation: Math.sqrt(logit.variance) / 4 + EPSILON,
    };
  });
}

interface DoubleLayer {
  readonly spec: LayerSpec;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** The step between the weights that are multiplied, 0 where they are codes already. */
  readonly steps: readonly number[];
}

function layersOf(specs: readonly LayerSpec[], layers: readonly PackedLayer[]): readonly DoubleLayer[] {
  return specs.map((spec, k) => {
    const weight = floatsOf(layers[k].weight);
    const packed = !(layers[k].weight instanceof Float32Array);
    const steps = Array.from({ length: spec.outputs }, (_, o) =>
      packed ? 0 : peak(weight.subarray(o * spec.inputs, (o + 1) * spec.inputs)) / 127,
    );
    return { spec, weight, bias: floatsOf(layers[k].bias), steps };
  });
}

function through(layers: readonly DoubleLayer[], inputs: readonly Uncertain[]): readonly Uncertain[] {
  let x = inputs;
  let signed = true;
  for (const layer of layers) {
    x = forward(layer, x, signed);
    signed = layer.spec.activation === "none";
  }
  return x;
}

/**
 * Bounds one layer: |y′ − y| ≤ Σ ((|w| + step/2) · (e + t/2) + |x| · step/2), and the roundings of its sum in f32.
 *
 * The likely error takes rounding errors for independent and uniform, of variance step²/12.
 */
function forward(
  { bias, spec, steps, weight }: DoubleLayer,
  x: readonly Uncertain[],
  signed: boolean,
): Uncertain[] {
  const t = Math.max(...x.map(({ most, value }) => Math.abs(value) + most)) / (signed ? 127 : 255);
  return Array.from({ length: spec.outputs }, (_, o) => {
    const step = steps[o];
    let value = bias[o];
    let most = 0;
    let variance = 0;
    let magnitude = Math.abs(value);
    x.forEach((input, i) => {
      const w = weight[o * spec.inputs + i];
      value += w * input.value;
      magnitude += Math.abs(w * input.value);
      most += (Math.abs(w) + step / 2) * (input.most + t / 2) + (Math.abs(input.value) * step) / 2;
      variance +=
        (w * w + (step * step) / 12) * (input.variance + (t * t) / 12) + (input.value ** 2 * step ** 2) / 12;
    });
    // Weights, scales, codes, product and bias are rounded once each, beside what the comparison itself rounds.
    most += 8 * EPSILON * (magnitude + most);
    return activated(spec.activation, { value, most, variance });
  });
}

function activated(activation: LayerSpec["activation"], y: Uncertain): Uncertain {
  if (activation === "relu") return { ...y, value: Math.max(0, y.value) };
  if (activation === "none") return y;
  return { value: 1 / (1 + Math.exp(-y.value)), most: y.most / 4 + EPSILON, variance: y.variance / 16 };
}

/** The first vector, then the products of each vector with those before it. */
function products(vectors: readonly (readonly Uncertain[])[]): readonly Uncertain[] {
  return [...vectors[0], ...vectors.flatMap((a, i) => vectors.slice(0, i).map((b) => product(a, b)))];
}

function product(a: readonly Uncertain[], b: readonly Uncertain[]): Uncertain {
  let [value, most, variance, magnitude] = [0, 0, 0, 0];
  a.forEach((p, c) => {
    const q = b[c];
    value += p.value * q.value;
    magnitude += Math.abs(p.value * q.value);
    most += Math.abs(p.value) * q.most + Math.abs(q.value) * p.most + p.most * q.most;
    variance += p.value ** 2 * q.variance + q.value ** 2 * p.variance + p.variance * q.variance;
  });
  return { value, most: most + a.length * EPSILON * (magnitude + most), variance };
}

function exact(value: number): Uncertain {
  return { value, most: 0, variance: 0 };
}

function peak(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
