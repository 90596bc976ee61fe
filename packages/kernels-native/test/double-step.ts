import type { Batch, LayerSpec, LayerState, ModelSpec, ModelState } from "@dqrm/core";

/** Holds the parameters of a model in double: rows of layers, and rows of tables. */
export interface DoubleModel {
  readonly tables: readonly Float64Array[];
  readonly bottom: readonly DoubleLayer[];
  readonly top: readonly DoubleLayer[];
}

interface DoubleLayer {
  readonly spec: LayerSpec;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** Copies a state into doubles. */
export function doubleModel(spec: ModelSpec, state: ModelState): DoubleModel {
  const layers = (specs: readonly LayerSpec[], states: readonly LayerState[]): readonly DoubleLayer[] =>
    specs.map((layer, k) => ({
      spec: layer,
      weight: Float64Array.from(states[k].weight),
      bias: Float64Array.from(states[k].bias),
    }));
  return {
    tables: state.tables.map(({ weights }) => Float64Array.from(weights)),
    bottom: layers(spec.bottom, state.bottom),
    top: layers(spec.top, state.top),
  };
}

/** Takes one step of SGD over single indices, relu layers, dot interaction and cross entropy, all in double. */
export function doubleStep(model: DoubleModel, batch: Batch, cols: number, rate: number): number {
  const { bottom, tables, top } = model;
  const gradients = [...bottom, ...top].map(({ bias, weight }) => ({
    weight: new Float64Array(weight.length),
    bias: new Float64Array(bias.length),
  }));
  const rowGradients = tables.map((table) => new Float64Array(table.length));
  let loss = 0;
  for (let s = 0; s < batch.size; s++) {
    const inputs = bottom[0].spec.inputs;
    const below = forward(bottom, [...batch.dense.subarray(s * inputs, (s + 1) * inputs)]);
    const rows = batch.bags.map(({ indices, offsets }) => indices[offsets[s]]);
    const vectors = [
      below[below.length - 1],
      ...rows.map((row, t) => [...tables[t].subarray(row * cols, (row + 1) * cols)]),
    ];
    const above = forward(top, crossed(vectors));
    const [logit] = above[above.length - 1];
    const p = 1 / (1 + Math.exp(-logit));
    const label = batch.labels[s];
    loss -= label * Math.log(p) + (1 - label) * Math.log(1 - p);
    const dcrossed = backward(top, above, [(p - label) / batch.size], gradients.slice(bottom.length));
    const dvectors = uncrossed(vectors, dcrossed);
    backward(bottom, below, dvectors[0], gradients);
    rows.forEach((row, t) => dvectors[t + 1].forEach((g, c) => (rowGradients[t][row * cols + c] += g)));
  }
  const step = (weights: Float64Array, gradient: Float64Array): void => {
    for (let i = 0; i < weights.length; i++) weights[i] -= rate * gradient[i];
  };
  [...bottom, ...top].forEach(({ bias, weight }, k) => {
    step(weight, gradients[k].weight);
    step(bias, gradients[k].bias);
  });
  tables.forEach((table, t) => step(table, rowGradients[t]));
  return loss / batch.size;
}

/** Gives the input and the output of every layer. */
function forward(layers: readonly DoubleLayer[], input: readonly number[]): number[][] {
  const outputs = [[...input]];
  for (const { bias, spec, weight } of layers) {
    const x = outputs[outputs.length - 1];
    outputs.push(
      Array.from({ length: spec.outputs }, (_, o) => {
        let sum = bias[o];
        for (let i = 0; i < spec.inputs; i++) sum += weight[o * spec.inputs + i] * x[i];
        return spec.activation === "relu" ? Math.max(0, sum) : sum;
      }),
    );
  }
  return outputs;
}

function backward(
  layers: readonly DoubleLayer[],
  outputs: readonly (readonly number[])[],
  doutput: readonly number[],
  gradients: readonly { readonly weight: Float64Array; readonly bias: Float64Array }[],
): number[] {
  let dy = [...doutput];
  for (let k = layers.length - 1; k >= 0; k--) {
    const { spec, weight } = layers[k];
    const [x, y] = [outputs[k], outputs[k + 1]];
    const dx = new Array<number>(spec.inputs).fill(0);
    for (let o = 0; o < spec.outputs; o++) {
      const g = spec.activation === "relu" && y[o] <= 0 ? 0 : dy[o];
      gradients[k].bias[o] += g;
      for (let i = 0; i < spec.inputs; i++) {
        gradients[k].weight[o * spec.inputs + i] += g * x[i];
        dx[i] += g * weight[o * spec.inputs + i];
      }
    }
    dy = dx;
  }
  return dy;
}

function crossed(vectors: readonly (readonly number[])[]): number[] {
  const products = vectors.flatMap((left, i) =>
    vectors.slice(0, i).map((right) => left.reduce((sum, v, c) => sum + v * right[c], 0)),
  );
  return [...vectors[0], ...products];
}

function uncrossed(vectors: readonly (readonly number[])[], dcrossed: readonly number[]): number[][] {
  const dvectors = vectors.map((vector, i) => vector.map((_, c) => (i === 0 ? dcrossed[c] : 0)));
  let at = vectors[0].length;
  for (let i = 0; i < vectors.length; i++) {
    for (let j = 0; j < i; j++, at++) {
      for (let c = 0; c < vectors[0].length; c++) {
        dvectors[i][c] += dcrossed[at] * vectors[j][c];
        dvectors[j][c] += dcrossed[at] * vectors[i][c];
      }
    }
  }
  return dvectors;
}
