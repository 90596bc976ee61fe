import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { allGather, createAppendSink, createDenseSink, createMemoryTransports, rowCodec } from "@dqrm/comm";
import { createKernels, createRowGradient, reference } from "@dqrm/core";
import { QuantizedEmbeddingBag } from "@dqrm/embedding/tfjs";

const [ROWS, COLS, PLACES, BATCH, STEPS] = [200, 8, 3, 32, 120];
const int8 = { values: "int8", scale: { kind: "tensor" }, rounding: "stochastic", entropy: true };
const codec = rowCodec(int8);
const coalesce = createKernels([reference]).prepare("coalesceRows", { cols: COLS });
const traffic = { sent: 0, asFloats: 0 };

/** Sends a gradient to all ranks, and adds what all ranks sent, in rank order: every rank ends with the same bits. */
async function exchange(transport, gradient, step, sink) {
  const { cols, count } = gradient;
  const payload = new Uint8Array(codec.maxBytes(count, cols));
  const bytes = codec.encode(gradient, payload, { seed: step, stream: transport.rank });
  traffic.sent += bytes;
  traffic.asFloats += 4 * count * (cols + 1);
  for (const part of await allGather(transport, payload.subarray(0, bytes))) codec.decode(part, sink);
}

/** A share of the log: baskets of even items are liked. */
function* shareOf(rank) {
  let state = rank + 1;
  const draw = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let step = 0; step < STEPS; step++) {
    const liked = Array.from({ length: BATCH }, () => draw(2));
    const baskets = liked.map((y) => Array.from({ length: PLACES }, () => 2 * draw(ROWS / 2) + 1 - y));
    yield { x: tf.tensor2d(baskets, [BATCH, PLACES], "int32"), y: tf.tensor2d(liked, [BATCH, 1]) };
  }
}

async function worker(transport) {
  const layer = new QuantizedEmbeddingBag({
    rows: ROWS,
    cols: COLS,
    pooling: "sum",
    quantization: { kind: "fake", bits: 4, granularity: { kind: "row" }, refresh: { kind: "every-step" } },
    optimizer: { kind: "adagrad", epsilon: 1e-8 },
    learningRate: null,
    initial: { seed: 1, stream: 0 },
  });
  const kernel = tf.variable(tf.fill([COLS, 1], 0.5));
  const optimizer = tf.train.sgd(0.1);
  const losses = [];
  let step = 0;
  for (const { x, y } of shareOf(transport.rank)) {
    const { grads, value } = tf.variableGrads(() =>
      tf.losses.sigmoidCrossEntropy(y, tf.matMul(layer.apply(x), kernel)),
    );
    losses.push(value.dataSync()[0]);

    // The touched rows of the table.
    const all = createRowGradient(COLS, 0);
    await exchange(transport, layer.takeGradient(), step, createAppendSink(all, ROWS));
    const table = createRowGradient(COLS, all.count);
    coalesce(all.rows, all.values, all.count, table);
    layer.table.apply(table, 0.1 / transport.size);

    // The dense kernel: a matrix with one row.
    const dense = createRowGradient(COLS, 1);
    dense.count = 1;
    dense.values.set(grads[kernel.name].dataSync());
    const sum = new Float32Array(COLS);
    await exchange(transport, dense, step, createDenseSink(sum, 1, COLS));
    const mean = tf.tensor2d(
      sum.map((v) => v / transport.size),
      [COLS, 1],
    );
    optimizer.applyGradients({ [kernel.name]: mean });
    tf.dispose([x, y, value, mean, grads]);
    step += 1;
  }
  return { losses, table: layer.table.weights, kernel: kernel.dataSync() };
}

const [first, second] = await Promise.all(createMemoryTransports(2).map(worker));
const same = (a, b) => a.every((v, i) => Object.is(v, b[i]));
console.log(`loss ${first.losses[0].toFixed(3)} at first, ${first.losses.at(-1).toFixed(3)} at last`);
console.log(`gradients of ${traffic.asFloats} bytes sent as ${traffic.sent}`);
console.log(
  `both workers hold the same model: ${same(first.table, second.table) && same(first.kernel, second.kernel)}`,
);
