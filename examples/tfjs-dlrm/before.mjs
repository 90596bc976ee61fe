import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { clicks, DENSE, TABLE_ROWS } from "./clicks.mjs";

const COLS = 8;
const VECTORS = TABLE_ROWS.length + 1;
const layer = (inputs, units, seed) => ({
  kernel: tf.variable(tf.randomNormal([inputs, units], 0, Math.sqrt(2 / inputs), "float32", seed)),
  bias: tf.variable(tf.zeros([units])),
});
const bottom = [layer(DENSE, 16, 1), layer(16, COLS, 2)];
const top = [layer(COLS + VECTORS * VECTORS, 16, 3), layer(16, 1, 4)];
const tables = TABLE_ROWS.map((rows, t) =>
  tf.variable(tf.randomUniform([rows, COLS], -0.1, 0.1, "float32", t)),
);

const linear = (x, { bias, kernel }) => tf.add(tf.matMul(x, kernel), bias);
const vectorOf = (t, ids) => tf.gather(tables[t], ids);
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
const saved = await tf.io.encodeWeights(tables.map((tensor, t) => ({ name: `table${t}`, tensor })));
const loaded = tf.io.decodeWeights(saved.data, saved.specs);
tables.forEach((table, t) => table.assign(loaded[`table${t}`]));
const served = logits(test).dataSync();
console.log(`tables of ${saved.data.byteLength} bytes`);
console.log(`loaded model gives the same scores: ${trained.every((p, i) => p === served[i])}`);
