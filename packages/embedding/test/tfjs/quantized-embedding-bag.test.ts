import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { jaggedFrom, type OptimizerSpec } from "@dqrm/core";
import { beforeAll, describe, expect, test } from "vitest";
import { floatTable, qatTable, uniformInit } from "../../src/index.ts";
import {
  QuantizedEmbeddingBag,
  registerQuantizedEmbeddingBag,
  type EmbeddingBagArgs,
  type LayerQuantization,
} from "../../src/tfjs/index.ts";
import { backends, useBackend } from "./backends.ts";

const [rows, cols] = [20, 4];
const quiet = { verbose: 0 } as const;
const adagrad: OptimizerSpec = { kind: "rowwise-adagrad", epsilon: 1e-8 };
const fake = (bits: 2 | 4 | 8 | 16): LayerQuantization => ({
  kind: "fake",
  bits,
  granularity: { kind: "table" },
  refresh: { kind: "periodic", periodSteps: 2 },
});
const kinds = [{ kind: "none" } as const, fake(2), fake(4), fake(8), fake(16)];
const nameOf = (q: LayerQuantization) => (q.kind === "none" ? "FP32" : `INT${q.bits}`);

function argsOf(quantization: LayerQuantization, changes: Partial<EmbeddingBagArgs> = {}): EmbeddingBagArgs {
  const initial = { seed: 3, stream: 0 };
  return {
    rows,
    cols,
    pooling: "sum",
    quantization,
    optimizer: adagrad,
    learningRate: 0.1,
    initial,
    ...changes,
  };
}

function plainTable(quantization: LayerQuantization) {
  const weights = uniformInit({ rows, cols }, { seed: 3, stream: 0 });
  const shared = { rows, cols, pooling: "sum", optimizer: adagrad, weights } as const;
  return quantization.kind === "none" ? floatTable(shared) : qatTable({ ...shared, ...quantization });
}

const padded = [
  [3, 7, 3],
  [19, -1, -1],
];
const bags = jaggedFrom([[3, 7, 3], [19]]);
const slopes = Float32Array.of(1, -2, 3, 0.5, 0.25, 1, -1, 2);
const indices = () => tf.tensor2d(padded, [2, 3], "int32");
const loss = (y: tf.Tensor) => tf.sum<tf.Scalar>(tf.mul(y, tf.tensor2d(slopes, [2, cols])));
const embed = (layer: QuantizedEmbeddingBag, x: tf.Tensor | tf.Tensor[]): tf.Tensor => {
  const y = layer.apply(x);
  if (y instanceof tf.Tensor) return y;
  throw new Error("expected a tensor");
};

describe.each(backends)("on the backend %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    registerQuantizedEmbeddingBag();
  });

  test.each(kinds.map((q) => [nameOf(q), q] as const))(
    "an %s table learns in a custom loop exactly as the plain table does",
    (_, quantization) => {
      const layer = new QuantizedEmbeddingBag(argsOf(quantization));
      embed(layer, indices());
      const anchors = layer.trainableWeights.map((weight) => weight.read());
      const plain = plainTable(quantization);
      const vectors = new Float32Array(2 * cols);
      const optimizer = tf.train.adam(0.1);

      for (let step = 0; step < 5; step++) {
        optimizer.minimize(
          () => loss(embed(layer, indices())),
          false,
          anchors.filter((w) => w instanceof tf.Variable),
        );
        plain.forward(bags, vectors);
        plain.apply(plain.backward(bags, slopes), 0.1);
      }
      plain.lookup(bags, vectors);

      expect(embed(layer, indices()).dataSync()).toEqual(vectors);
      expect(layer.table.weights).toEqual(plain.weights);
      expect(layer.table.optimizerState).toEqual(plain.optimizerState);
    },
  );

  test("a model that is saved, loaded and trained on ends where one that was never saved does", async () => {
    const [x, y] = [indices(), tf.tensor2d([[1], [0]])];
    const created = () => {
      const layer = new QuantizedEmbeddingBag(argsOf(fake(4), { inputShape: [3] }));
      const dense = tfl.layers.dense({
        units: 1,
        kernelInitializer: tfl.initializers.glorotUniform({ seed: 1 }),
      });
      return tfl.sequential({ layers: [layer, dense] });
    };
    const trained = async (model: tfl.LayersModel, epochs: number) => {
      model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
      await model.fit(x, y, { epochs, ...quiet, shuffle: false });
      return model;
    };
    const once = await trained(created(), 5);

    const first = await trained(created(), 3);
    const second = await trained(await roundTrip(first), 2);

    expect(predict(second, x)).toEqual(predict(once, x));
    expect(bagOf(second).table.weights).toEqual(bagOf(once).table.weights);
  });

  test("a frozen layer serves, saves and loads a packed table with the same answers", async () => {
    const layer = new QuantizedEmbeddingBag(argsOf(fake(4), { inputShape: [3] }));
    const model = tfl.sequential({ layers: [layer] });
    const before = predict(model, indices());

    layer.freeze();
    const loaded = await roundTrip(model);

    expect(predict(model, indices())).toEqual(before);
    expect(predict(loaded, indices())).toEqual(before);
    expect(bagOf(loaded).pack()).toEqual(layer.pack());
    // Header and scale take 64 bytes each, a row of four codes two: docs/spec/table-file.md.
    expect(model.getWeights().map(({ size }) => 4 * size)).toEqual([64 + 64 + rows * 2]);
    expect(() => bagOf(loaded).table).toThrow('it keeps codes, expected a layer that keeps "masters"');
  });

  test("weights of the indices are learned too", () => {
    const layer = new QuantizedEmbeddingBag(
      argsOf({ kind: "none" }, { pooling: "mean", learningRate: null }),
    );
    const weights = tf.tensor2d([1, 2, 3, 1, 0, 0], [2, 3]);
    embed(layer, [indices(), weights]);
    const { weights: masters } = layer.table;

    const gradient = tf
      .grad((w: tf.Tensor) => loss(embed(layer, [indices(), w])))(weights)
      .dataSync();

    const dot = (row: number, bag: number) =>
      [0, 1, 2, 3].reduce((sum, c) => sum + masters[row * cols + c] * slopes[bag * cols + c], 0);
    const expected = [dot(3, 0) / 3, dot(7, 0) / 3, dot(3, 0) / 3, dot(19, 1), 0, 0];
    // Four products and three sums, each rounded once, of numbers below 3.
    expected.forEach((value, i) => expect(Math.abs(gradient[i] - value)).toBeLessThan(8 * 3 * 2 ** -24));
  });

  test("a layer that is used twice in a step is updated once, by the sum of its gradients", () => {
    const layer = new QuantizedEmbeddingBag(argsOf({ kind: "none" }, { learningRate: null }));
    embed(layer, indices());
    const plain = plainTable({ kind: "none" });
    plain.apply(
      plain.backward(
        bags,
        slopes.map((slope) => 2 * slope),
      ),
      0.1,
    );

    tf.variableGrads(() => tf.add(loss(embed(layer, indices())), loss(embed(layer, indices()))));
    layer.applyGradients(0.1);

    // Both uses add the same numbers, so their sum is exact.
    expect(layer.table.weights).toEqual(plain.weights);
  });

  test("uses with and without weights are summed as one", () => {
    const layer = new QuantizedEmbeddingBag(argsOf({ kind: "none" }, { learningRate: null }));
    const twos = tf.fill([2, 3], 2);
    const plain = plainTable({ kind: "none" });
    plain.apply(
      plain.backward(
        bags,
        slopes.map((slope) => 3 * slope),
      ),
      0.1,
    );

    tf.variableGrads(() => tf.add(loss(embed(layer, indices())), loss(embed(layer, [indices(), twos]))));
    layer.applyGradients(0.1);

    // One and two times a slope of few bits add up exactly.
    expect(layer.table.weights).toEqual(plain.weights);
  });

  test("a gradient that is taken after a first step names the touched rows, once each, and is gone from the layer", () => {
    const layer = new QuantizedEmbeddingBag(argsOf({ kind: "none" }, { learningRate: null }));

    tf.variableGrads(() => loss(embed(layer, indices())));
    const taken = layer.takeGradient();

    expect([...taken!.rows.subarray(0, taken!.count)]).toEqual([3, 7, 19]);
    expect(layer.takeGradient()).toBeUndefined();
  });

  test("gradients that are cleared change nothing", () => {
    const layer = new QuantizedEmbeddingBag(argsOf({ kind: "none" }));
    embed(layer, indices());
    const before = layer.table.weights.slice();

    tf.variableGrads(() => loss(embed(layer, indices())));
    layer.clearGradients();

    expect(layer.table.weights).toEqual(before);
  });

  test("a layer that is not trainable keeps its table while the rest of the model learns", async () => {
    const layer = new QuantizedEmbeddingBag(argsOf(fake(4), { inputShape: [3], trainable: false }));
    const model = tfl.sequential({ layers: [layer, tfl.layers.dense({ units: 1 })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const before = layer.table.weights.slice();

    await model.fit(indices(), tf.tensor2d([[1], [0]]), { epochs: 3, ...quiet });

    expect(layer.table.weights).toEqual(before);
  });

  test("training leaves no tensor behind", () => {
    const layer = new QuantizedEmbeddingBag(argsOf(fake(4)));
    const x = indices();
    embed(layer, x).dispose();
    const step = () => {
      const { value, grads } = tf.variableGrads(() => loss(embed(layer, x)));
      tf.dispose([value, ...Object.values(grads)]);
    };
    step();
    const before = tf.memory().numTensors;

    for (let i = 0; i < 5; i++) step();

    expect(tf.memory().numTensors).toBe(before);
  });
});

test.each([
  [{ rows: 0 }, "rows is 0"],
  [{ learningRate: -1 }, "learningRate is -1"],
  [{ keeps: "packed" }, "keeps is packed, expected masters, as floats are not packed"],
] as const)("a configuration with %o is refused", (changes, message) => {
  expect(() => new QuantizedEmbeddingBag(argsOf({ kind: "none" }, changes))).toThrow(message);
});

function predict(model: tfl.LayersModel, x: tf.Tensor): Float32Array {
  const y = model.predict(x);
  if (!(y instanceof tf.Tensor)) throw new Error("expected one output");
  return Float32Array.from(y.dataSync());
}

function bagOf(model: tfl.LayersModel): QuantizedEmbeddingBag {
  const [layer] = model.layers;
  if (layer instanceof QuantizedEmbeddingBag) return layer;
  throw new Error("expected the bag first");
}

/** Saves a model through a handler, and loads what was saved. */
async function roundTrip(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved = { ...artifacts, modelTopology: structuredClone(artifacts.modelTopology ?? {}) };
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
  });
  await model.save(handler);
  return tfl.loadLayersModel(tf.io.fromMemory(saved!));
}
