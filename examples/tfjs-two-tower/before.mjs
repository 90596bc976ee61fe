import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { fromFolder, toFolder } from "./files.mjs";
import { ITEMS, makeVisits, PLACES, USERS } from "./visits.mjs";

const user = tfl.input({ shape: [1], dtype: "int32" });
const session = tfl.input({ shape: [PLACES], dtype: "int32" });
const userRow = tfl.layers.embedding({ inputDim: USERS, outputDim: 16, name: "users" }).apply(user);
const userVector = tfl.layers.flatten().apply(userRow);
const itemRows = tfl.layers.embedding({ inputDim: ITEMS, outputDim: 16, name: "items" }).apply(session);
const sessionVector = tfl.layers.globalAveragePooling1d().apply(itemRows);
const score = tfl.layers.dot({ axes: 1 }).apply([userVector, sessionVector]);
const liked = tfl.layers.dense({ units: 1, activation: "sigmoid" }).apply(score);
const model = tfl.model({ inputs: [user, session], outputs: liked });
model.compile({ optimizer: tf.train.adam(0.01), loss: "binaryCrossentropy" });

const visits = makeVisits(600);
const x = [tf.tensor2d(visits.users, undefined, "int32"), tf.tensor2d(visits.sessions, undefined, "int32")];
const { history } = await model.fit(x, tf.tensor2d(visits.liked), { epochs: 5, batchSize: 64, verbose: 0 });
console.log(`loss ${history.loss[0].toFixed(3)} at first, ${history.loss.at(-1).toFixed(3)} at last`);

const folder = mkdtempSync(join(tmpdir(), "two-tower-"));
await model.save(toFolder(folder));
const loaded = await tfl.loadLayersModel(fromFolder(folder));
const [trained, served] = [model.predict(x).dataSync(), loaded.predict(x).dataSync()];
console.log(`weights of ${statSync(join(folder, "weights.bin")).size} bytes`);
console.log(`loaded model gives the same scores: ${trained.every((p, i) => p === served[i])}`);
