import { compileInference, createKernels, reference } from "@dqrm/core";
import { onnxModel } from "./onnx-model.mjs";
import { peerRing, timeOver } from "./our-contenders.mjs";

/** @import { Batch, Kernels, PackedModel } from "@dqrm/core" */
/** @import { Contender } from "./compare.mjs" */

/** Sums of a layer have at most so many terms, and the model has so many layers. */
const MOST_TERMS = 512;
const LAYERS = 7;

/**
 * How far predictions may be from ours: in floats each layer errs by the rounding of its sums, in 8 bits by half a step
 * of 127 for the weights and for the inputs; a probability moves by at most a quarter of its logit.
 */
const BOUNDS = { float32: (LAYERS * MOST_TERMS * 2 ** -24) / 4, int8: LAYERS / 127 / 4 };

/**
 * Describes what of ONNX Runtime is used; its declarations are there only where it is installed.
 *
 * @typedef {object} Runtime
 * @property {string} version
 * @property {{ create(file: Uint8Array, options: object): Promise<Session> }} InferenceSession
 * @property {new (type: string, data: Float32Array | Int32Array, dims: readonly number[]) => object} Tensor
 */

/**
 * @typedef {{ run(feeds: Readonly<Record<string, object>>): Promise<{ probabilities: { data: Float32Array } }> }} Session
 */

/**
 * Opens the model in ONNX Runtime.
 *
 * @param {Runtime} runtime
 * @param {PackedModel} model
 * @param {"float32" | "int8"} products
 * @param {number} threads
 */
export async function openSession(runtime, model, products, threads) {
  const options = { intraOpNumThreads: threads, graphOptimizationLevel: "all", executionMode: "sequential" };
  return runtime.InferenceSession.create(onnxModel(model, products), options);
}

/**
 * Prepares predictions of one size by ONNX Runtime, and checks that they are ours.
 *
 * @param {{ runtime: Runtime, session: Session, model: PackedModel, products: "float32" | "int8", batch: number }} parts
 * @returns {Promise<Contender>}
 */
export async function onnxContender({ batch, model, products, runtime, session }) {
  const ring = peerRing(model.spec, batch);
  const bases = firstRows(model);
  const feeds = ring.batches.map((samples) => {
    const indices = new Int32Array(batch * bases.length);
    const dense = new runtime.Tensor("float32", samples.dense, [batch, model.spec.denseFeatures]);
    return {
      samples,
      indices,
      inputs: { dense, indices: new runtime.Tensor("int32", indices, [batch, bases.length]) },
    };
  });
  /** @param {number} count */
  const refill = (count) => {
    ring.refill(count);
    for (const { indices, samples } of feeds) gatherIndices(samples, bases, indices);
  };
  refill(feeds.length);
  const { probabilities } = await session.run(feeds[0].inputs);
  checkPredictions(model, feeds[0].samples, probabilities.data, products);
  const time = timeOver({ batches: ring.batches, refill }, (k) => session.run(feeds[k].inputs));
  return { name: `onnxruntime INT4 tables, ${products} layers`, ours: false, mode: "infer", batch, time };
}

/** @param {PackedModel} model */
function firstRows({ spec }) {
  let rows = 0;
  return spec.tables.map((table) => {
    rows += table.rows;
    return rows - table.rows;
  });
}

/**
 * @param {Batch} samples
 * @param {readonly number[]} bases
 * @param {Int32Array} indices
 */
function gatherIndices({ bags, size }, bases, indices) {
  bags.forEach((bag, t) => {
    for (let b = 0; b < size; b++) indices[b * bases.length + t] = bases[t] + bag.indices[b];
  });
}

/**
 * @param {PackedModel} model
 * @param {Batch} samples
 * @param {Float32Array} actual
 * @param {"float32" | "int8"} products
 */
function checkPredictions(model, samples, actual, products) {
  const expected = new Float32Array(samples.size);
  compileInference(model, createKernels([reference]), { maxBatch: samples.size }).infer(samples, expected);
  const difference = expected.reduce((most, p, i) => Math.max(most, Math.abs(p - actual[i])), 0);
  if (difference <= BOUNDS[products]) return;
  throw new Error(
    `predictions of ONNX Runtime differ by ${difference}, expected at most ${BOUNDS[products]}`,
  );
}
