import { createFakeQuantizer, createLinearFakeQuantizer, everyStep, everySteps } from "@dqrm/quant";
import type { GoldenParameter, GoldenTraining } from "./golden-modules.ts";

type Matrix = number[][];

/** Runs a linear layer: its output, and the backward pass that returns the gradients of W, b and x. */
interface Layer {
  forward(x: Matrix): Matrix;
  backward(dy: Matrix): Matrix;
  update(learningRate: number): void;
  readonly parameters: readonly [Float32Array, Float32Array];
}

const flat = (parameter: GoldenParameter): Float32Array => Float32Array.from(parameter.flat());

function quantizedLayer(run: GoldenTraining, weights: GoldenParameter, biases: GoldenParameter): Layer {
  const [weight, bias] = [flat(weights), flat(biases)];
  const outputs = bias.length;
  const inputs = weight.length / outputs;
  const granularity = run.per_channel ? "channel" : "matrix";
  const fake = createLinearFakeQuantizer(
    { inputs, outputs },
    { kind: "fake", bits: run.bits_w, granularity, bias: "same" },
  );
  const [seenWeight, seenBias] = [weight.slice(), bias.slice()];
  let x: Matrix = [];
  let dy: Matrix = [];
  return {
    parameters: [weight, bias],
    forward(input) {
      x = input;
      fake.forward(weight, bias, seenWeight, seenBias);
      return x.map((row) =>
        Array.from(seenBias, (b, o) => row.reduce((sum, v, i) => sum + v * seenWeight[o * inputs + i], b)),
      );
    },
    backward(gradient) {
      dy = gradient;
      return dy.map((row) =>
        Array.from({ length: inputs }, (_, i) =>
          row.reduce((sum, g, o) => sum + g * seenWeight[o * inputs + i], 0),
        ),
      );
    },
    update(learningRate) {
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) {
          weight[o * inputs + i] -= learningRate * dy.reduce((sum, g, n) => sum + g[o] * x[n][i], 0);
        }
        bias[o] -= learningRate * dy.reduce((sum, g) => sum + g[o], 0);
      }
    },
  };
}

/** Runs layers with ReLU between, and after the last one when asked. */
function stack(layers: readonly Layer[], reluLast: boolean): Pick<Layer, "forward" | "backward" | "update"> {
  let outputs: Matrix[] = [];
  const hasRelu = (k: number): boolean => reluLast || k < layers.length - 1;
  return {
    forward(x) {
      outputs = [];
      for (const [k, layer] of layers.entries()) {
        x = layer.forward(x).map((row) => (hasRelu(k) ? row.map((v) => Math.max(0, v)) : row));
        outputs.push(x);
      }
      return x;
    },
    backward(dy) {
      for (const [k, layer] of [...layers.entries()].reverse()) {
        const masked = dy.map((row, n) => row.map((g, o) => (hasRelu(k) && outputs[k][n][o] <= 0 ? 0 : g)));
        dy = layer.backward(masked);
      }
      return dy;
    },
    update(learningRate) {
      for (const layer of layers) layer.update(learningRate);
    },
  };
}

function quantizedTable(run: GoldenTraining, rowsOfWeights: GoldenParameter) {
  const weights = flat(rowsOfWeights);
  const rows = rowsOfWeights.length;
  const cols = weights.length / rows;
  const format = { bits: run.bits_e, cols, scheme: "symmetric", granularity: { kind: "table" } } as const;
  const refresh = run.period > 1 ? everySteps(run.period) : everyStep;
  const fake = createFakeQuantizer(format, { rows, refresh, gradient: "straight-through" });
  const seen = new Float32Array(weights.length);
  return {
    weights,
    scale: fake.scale,
    lookup(indices: readonly number[], step: number): Matrix {
      fake.refresh(weights, step);
      return indices.map((row) => {
        fake.forward(weights, seen, row, row + 1);
        return [...seen.subarray(row * cols, (row + 1) * cols)];
      });
    },
    update(indices: readonly number[], gradient: Matrix, learningRate: number): void {
      const sums = new Map<number, number[]>();
      for (const [n, row] of indices.entries()) {
        const sum = sums.get(row) ?? new Array<number>(cols).fill(0);
        sums.set(
          row,
          sum.map((v, c) => v + gradient[n][c]),
        );
      }
      for (const [row, sum] of sums) sum.forEach((g, c) => (weights[row * cols + c] -= learningRate * g));
    },
  };
}

function interact(vectors: Matrix): number[] {
  const dots = vectors.flatMap((v, i) =>
    vectors.slice(0, i).map((u) => v.reduce((sum, a, d) => sum + a * u[d], 0)),
  );
  return [...vectors[0], ...dots];
}

function interactBackward(vectors: Matrix, gradient: readonly number[]): Matrix {
  const cols = vectors[0].length;
  const result = vectors.map((v, i) => v.map((_, c) => (i === 0 ? gradient[c] : 0)));
  let k = cols;
  for (let i = 0; i < vectors.length; i++) {
    for (let j = 0; j < i; j++, k++) {
      for (let c = 0; c < cols; c++) {
        result[i][c] += gradient[k] * vectors[j][c];
        result[j][c] += gradient[k] * vectors[i][c];
      }
    }
  }
  return result;
}

/** Tells how far a replayed training strays from the recorded one. */
export interface Deviation {
  readonly loss: number;
  readonly scale: number;
  readonly parameters: number;
}

/**
 * Replays a recorded training of a small DLRM in plain nested arrays: a foreign loop that takes only the fake quantizers
 * from the package.
 */
export function replay(run: GoldenTraining): Deviation {
  const tables = run.init.slice(0, 3).map((parameter) => quantizedTable(run, parameter));
  const layers = [3, 5, 7, 9].map((k) => quantizedLayer(run, run.init[k], run.init[k + 1]));
  const bottom = stack(layers.slice(0, 2), true);
  const top = stack(layers.slice(2), false);
  const worst = { loss: 0, scale: 0, parameters: 0 };
  const note = (what: keyof Deviation, actual: number, expected: number): void => {
    worst[what] = Math.max(worst[what], Math.abs(actual - expected));
  };

  for (const [step, { T, X, emb_scale, idx, loss }] of run.steps.entries()) {
    const dense = bottom.forward(X.map((row) => [...row]));
    const looked = tables.map((table, t) => table.lookup(idx[t], step));
    const vectors = dense.map((row, n) => [row, ...looked.map((rows) => rows[n])]);
    const p = top.forward(vectors.map(interact)).map(([logit]) => 1 / (1 + Math.exp(-logit)));
    const losses = p.map((v, n) => -(T[n][0] === 1 ? Math.log(v) : Math.log(1 - v)));
    note("loss", losses.reduce((a, b) => a + b, 0) / p.length, loss);
    tables.forEach(({ scale }, t) => {
      note("scale", scale[0], emb_scale[t]);
    });

    const dinteraction = top.backward(p.map((v, n) => [(v - T[n][0]) / p.length]));
    const dvectors = vectors.map((each, n) => interactBackward(each, dinteraction[n]));
    bottom.backward(dvectors.map(([first]) => first));
    bottom.update(run.lr);
    top.update(run.lr);
    tables.forEach((table, t) => {
      table.update(
        idx[t],
        dvectors.map((each) => each[t + 1]),
        run.lr,
      );
    });
  }

  const final = [...tables.map(({ weights }) => weights), ...layers.flatMap(({ parameters }) => parameters)];
  final.forEach((parameter, k) => {
    const expected = run.final[k].flat();
    parameter.forEach((value, i) => {
      note("parameters", value, expected[i]);
    });
  });
  return worst;
}
