import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { QuantizedEmbeddingBag, registerQuantizedEmbeddingBag } from "@dqrm/embedding/tfjs";
import { fromFolder, toFolder } from "./files.mjs";
import { ITEMS, makeVisits, PLACES, USERS } from "./visits.mjs";

registerQuantizedEmbeddingBag();
const int4 = { kind: "fake", bits: 4, granularity: { kind: "row" }, refresh: { kind: "every-step" } };
const learning = { optimizer: { kind: "adagrad", epsilon: 1e-8 }, learningRate: 0.1, quantization: int4 };
const users = { rows: USERS, cols: 16, pooling: "sum", ...learning, initial: { seed: 1, stream: 0 } };
const items = { rows: ITEMS, cols: 16, pooling: "mean", ...learning, initial: { seed: 1, stream: 1 } };

const user = tfl.input({ shape: [1], dtype: "int32" });
const session = tfl.input({ shape: [PLACES], dtype: "int32" });
const userVector = new QuantizedEmbeddingBag({ ...users, name: "users" }).apply(user);
const sessionVector = new QuantizedEmbeddingBag({ ...items, name: "items" }).apply(session);
const score = tfl.layers.dot({ axes: 1 }).apply([userVector, sessionVector]);
const liked = tfl.layers.dense({ units: 1, activation: "sigmoid" }).apply(score);
const model = tfl.model({ inputs: [user, session], outputs: liked });
model.compile({ optimizer: tf.train.adam(0.01), loss: "binaryCrossentropy" });

const visits = makeVisits(600);
const x = [tf.tensor2d(visits.users, undefined, "int32"), tf.tensor2d(visits.sessions, undefined, "int32")];
const { history } = await model.fit(x, tf.tensor2d(visits.liked), { epochs: 5, batchSize: 64, verbose: 0 });
console.log(`loss ${history.loss[0].toFixed(3)} at first, ${history.loss.at(-1).toFixed(3)} at last`);

const folder = mkdtempSync(join(tmpdir(), "two-tower-"));
for (const name of ["users", "items"]) model.getLayer(name).freeze();
await model.save(toFolder(folder));
const loaded = await tfl.loadLayersModel(fromFolder(folder));
const [trained, served] = [model.predict(x).dataSync(), loaded.predict(x).dataSync()];
console.log(`weights of ${statSync(join(folder, "weights.bin")).size} bytes`);
console.log(`loaded model gives the same scores: ${trained.every((p, i) => p === served[i])}`);
