import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { decodeTableFile, encodeTableFile } from "@dqrm/core";
import { packedEmbeddingBag, packedTensors, QuantizedEmbeddingBag } from "@dqrm/embedding/tfjs";
import { fakeQuant } from "@dqrm/quant/tfjs";
import { clicks, DENSE, TABLE_ROWS } from "./clicks.mjs";

const COLS = 8;
const VECTORS = TABLE_ROWS.length + 1;
const layer = (inputs, units, seed) => ({
  kernel: tf.variable(tf.randomNormal([inputs, units], 0, Math.sqrt(2 / inputs), "float32", seed)),
  bias: tf.variable(tf.zeros([units])),
});
const bottom = [layer(DENSE, 16, 1), layer(16, COLS, 2)];
const top = [layer(COLS + VECTORS * VECTORS, 16, 3), layer(16, 1, 4)];
const int4 = { kind: "fake", bits: 4, granularity: { kind: "row" }, refresh: { kind: "every-step" } };
const optimizing = { optimizer: { kind: "adagrad", epsilon: 1e-8 }, learningRate: 0.1 };
const tables = TABLE_ROWS.map((rows, t) => {
  const initial = { seed: 1, stream: t };
  const shape = { rows, cols: COLS, pooling: "sum" };
  return new QuantizedEmbeddingBag({ ...shape, ...optimizing, quantization: int4, initial });
});

const int8 = { bits: 8, share: { kind: "channel", axis: 1 }, gradient: "straight-through" };
const linear = (x, { bias, kernel }) => tf.add(tf.matMul(x, fakeQuant(kernel, int8)), bias);
let vectorOf = (t, ids) => tables[t].apply(tf.expandDims(ids, 1));
function logits({ categories, dense, size }) {
  const x = tf.tensor2d(dense, [size, DENSE]);
  const fromDense = linear(tf.relu(linear(x, bottom[0])), bottom[1]);
  const fromTables = categories.map((ids, t) => vectorOf(t, tf.tensor1d(ids, "int32")));
  const vectors = tf.stack([fromDense, ...fromTables], 1);
  const products = tf.reshape(tf.matMul(vectors, vectors, false, true), [size, VECTORS * VECTORS]);
  return linear(tf.relu(linear(tf.concat([fromDense, products], 1), top[0])), top[1]);
}

const optimizer = tf.train.adagrad(0.1);
const losses = [];
for (const batch of clicks({ rows: 8192, seed: 1, batchSize: 128 })) {
  const loss = () => tf.losses.sigmoidCrossEntropy(tf.tensor2d(batch.labels, [batch.size, 1]), logits(batch));
  losses.push(optimizer.minimize(loss, true).dataSync()[0]);
}
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log(
  `loss ${mean(losses.slice(0, 8)).toFixed(3)} at first, ${mean(losses.slice(-8)).toFixed(3)} at last`,
);

const [test] = clicks({ rows: 512, seed: 2, batchSize: 512 });
const trained = logits(test).dataSync();
const saved = tables.map((table) => encodeTableFile(table.pack()));
const packed = saved.map((file, t) => packedTensors(decodeTableFile(`table${t}`, file)));
vectorOf = (t, ids) => packedEmbeddingBag(packed[t], { indices: tf.expandDims(ids, 1), pooling: "sum" });
const served = logits(test).dataSync();
console.log(`tables of ${saved.reduce((sum, { length }) => sum + length, 0)} bytes`);
console.log(`loaded model gives the same scores: ${trained.every((p, i) => p === served[i])}`);
