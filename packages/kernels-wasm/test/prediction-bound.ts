import {
  createKernels,
  reference,
  vectorCols,
  type Batch,
  type LayerSpec,
  type ModelSpec,
  type PackedLayer,
  type PackedModel,
  type PackedRows,
} from "@dqrm/core";

/** Spacing of f32 numbers at 1. */
const EPSILON = 2 ** -23;

const plain = createKernels([reference]);

/** Holds numbers of the float executor, and how far those of a plan may be from them. */
export interface Bounded {
  readonly value: readonly number[];
  readonly error: readonly number[];
}

/** Says what a plan rounds beside its sums: the inputs and the weights of layers to 8 bits, or nothing. */
export type Products = "float32" | "int8";

/** Gives rows as floats. */
export function unpack(rows: PackedRows | Float32Array): Float32Array {
  if (rows instanceof Float32Array) return rows;
  const floats = new Float32Array(rows.rows * rows.format.cols);
  plain.prepare("dequantizeRows", rows.format)(rows, floats, 0, rows.rows);
  return floats;
}

/**
 * Bounds a layer: an input errs by what it had and by half a step of its row's largest magnitude over the levels;
 * a weight by half a step when it is no code of at most 8 bits; both plans round sums of floats.
 */
function layerBound(
  x: Bounded,
  layer: PackedLayer,
  { activation, inputs, outputs }: LayerSpec,
  levels: number | undefined,
): Bounded {
  const weight = unpack(layer.weight);
  const bias = unpack(layer.bias);
  const codes =
    !(layer.weight instanceof Float32Array) &&
    layer.weight.format.bits <= 8 &&
    layer.weight.format.scheme === "symmetric";
  const peak = x.value.reduce((most, value, i) => Math.max(most, Math.abs(value) + x.error[i]), 0);
  const step = levels === undefined ? 0 : (peak / levels) * (0.5 + levels * EPSILON);
  const rows = Array.from({ length: outputs }, (_, o) => weight.subarray(o * inputs, (o + 1) * inputs));
  const value = rows.map((row, o) => row.reduce((sum, w, i) => sum + w * x.value[i], bias[o]));
  const error = rows.map((row, o) => {
    const largest = row.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    const dw = codes || levels === undefined ? 0 : (largest / 127) * (0.5 + 127 * EPSILON);
    let sum = 0;
    let terms = Math.abs(bias[o]);
    row.forEach((w, i) => {
      sum += (Math.abs(w) + dw) * (x.error[i] + step) + dw * Math.abs(x.value[i]);
      terms += (Math.abs(w) + dw) * (Math.abs(x.value[i]) + x.error[i] + step);
    });
    return sum + (inputs + 8) * EPSILON * terms;
  });
  if (activation === "none") return { value, error };
  if (activation === "relu") return { value: value.map((v) => Math.max(0, v)), error };
  const slopes = error.map((e) => e / 4 + EPSILON);
  return { value: value.map((v) => 1 / (1 + Math.exp(-v))), error: slopes };
}

function interactionBound(vectors: readonly Bounded[], { interaction }: ModelSpec): Bounded {
  const cols = vectors[0].value.length;
  const copied = interaction.kind === "cat" ? vectors : vectors.slice(0, 1);
  const value = copied.flatMap((vector) => vector.value);
  const error = copied.flatMap((vector) => vector.error);
  if (interaction.kind === "cat") return { value, error };
  vectors.forEach((a, i) => {
    for (const b of vectors.slice(0, interaction.itself ? i + 1 : i)) {
      let sum = 0;
      let e = 0;
      let terms = 0;
      for (let c = 0; c < cols; c++) {
        sum += a.value[c] * b.value[c];
        e += Math.abs(a.value[c]) * b.error[c] + Math.abs(b.value[c]) * a.error[c] + a.error[c] * b.error[c];
        terms += (Math.abs(a.value[c]) + a.error[c]) * (Math.abs(b.value[c]) + b.error[c]);
      }
      value.push(sum);
      error.push(e + (cols + 2) * EPSILON * terms);
    }
  });
  return { value, error };
}

/** Bounds the predictions of a model with unweighted sums, sample by sample, in doubles. */
export function predictionBounds(model: PackedModel, batch: Batch, products: Products): Bounded {
  const { spec } = model;
  const cols = vectorCols(spec);
  const tables = model.tables.map(unpack);
  const exact = (value: readonly number[]): Bounded => ({ value, error: value.map(() => 0) });
  // Dense features and the interaction have a sign, what follows relu or sigmoid has none and a bit more.
  const levels = (k: number): number | undefined =>
    products === "float32" ? undefined : k === 0 ? 127 : 255;
  const samples = Array.from({ length: batch.size }, (_, s) => {
    let x = exact([...batch.dense.subarray(s * spec.denseFeatures, (s + 1) * spec.denseFeatures)]);
    spec.bottom.forEach((layer, k) => (x = layerBound(x, model.bottom[k], layer, levels(k))));
    const vectors = batch.bags.map(({ indices, offsets }, t): Bounded => {
      const pooled = new Float32Array(cols);
      for (const row of indices.subarray(offsets[s], offsets[s + 1])) {
        for (let c = 0; c < cols; c++) pooled[c] += tables[t][row * cols + c];
      }
      return exact([...pooled]);
    });
    x = interactionBound([x, ...vectors], spec);
    spec.top.forEach((layer, k) => (x = layerBound(x, model.top[k], layer, levels(k))));
    return { value: 1 / (1 + Math.exp(-x.value[0])), error: x.error[0] / 4 + EPSILON };
  });
  return { value: samples.map(({ value }) => value), error: samples.map(({ error }) => error) };
}
