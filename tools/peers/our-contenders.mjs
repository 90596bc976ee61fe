import { compileInference, compileTraining } from "@dqrm/core";
import {
  createBenchModel,
  createBenchState,
  SEGMENT_BYTES,
} from "../../packages/dqrm/dist/bench/bench-model.js";
import { createBatchRing } from "../../packages/dqrm/dist/bench/batch-ring.js";
import { benchSpec } from "../../packages/dqrm/dist/bench/model-options.js";

/** @import { Batch, Kernels, ModelSpec, PackedModel } from "@dqrm/core" */
/** @import { Contender } from "./compare.mjs" */

/** Inputs that are there at once. */
const RING = 16;
const LEARNING_RATE = 0.01;

/**
 * Says which model is compared: the layers in floats, the tables in floats or codes.
 *
 * @param {4 | 32} bits of the tables
 * @param {number | undefined} limitRows
 */
export function peerSpec(bits, limitRows) {
  const scale = /** @type {const} */ ({ kind: "every-step" });
  return benchSpec({ shape: "kaggle", bits, mlpBits: 32, scale, optimizer: "sgd" }, limitRows);
}

/**
 * Builds the packed model that is served by all programs.
 *
 * @param {Kernels} kernels
 * @param {number | undefined} limitRows
 */
export function peerModel(kernels, limitRows) {
  return createBenchModel(peerSpec(4, limitRows), kernels.createArena(SEGMENT_BYTES));
}

/**
 * Creates batches with one index a bag, drawn by Zipf's law.
 *
 * @param {ModelSpec} spec
 * @param {number} batch
 */
export function peerRing(spec, batch) {
  return createBatchRing({ spec, count: RING, batch, pooling: 1, weighted: false, index: "zipf", seed: 1 });
}

/**
 * Times calls one by one over inputs that are drawn anew off the clock.
 *
 * @param {{ batches: readonly Batch[], refill: (count: number) => void }} ring
 * @param {(k: number) => unknown} call
 * @returns {Contender["time"]}
 */
export function timeOver(ring, call) {
  return async (calls) => {
    const seconds = [];
    for (let done = 0; done < calls; done++) {
      if (done % RING === 0) ring.refill(RING);
      const start = performance.now();
      const pending = call(done % RING);
      if (pending instanceof Promise) await pending;
      seconds.push((performance.now() - start) / 1000);
    }
    return seconds;
  };
}

/**
 * Lists our ways to predict.
 *
 * @param {Kernels} kernels
 * @param {PackedModel} model
 * @param {number} batch
 * @returns {{ contenders: Contender[], skipped: string[] }}
 */
export function ourInference(kernels, model, batch) {
  const ways = /** @type {const} */ (["float32", "int8"]);
  const skipped = /** @type {string[]} */ ([]);
  const contenders = ways.flatMap((products) => {
    const name = `dqrm INT4 tables, ${products} layers`;
    try {
      const plan = compileInference(model, kernels, { maxBatch: batch, products });
      const ring = peerRing(model.spec, batch);
      const probabilities = new Float32Array(batch);
      const time = timeOver(ring, (k) => plan.infer(ring.batches[k], probabilities));
      return [{ name, ours: true, mode: /** @type {const} */ ("infer"), batch, time }];
    } catch (error) {
      skipped.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
  return { contenders, skipped };
}

/**
 * Lists our ways to train.
 *
 * @param {Kernels} kernels
 * @param {number | undefined} limitRows
 * @param {readonly number[]} batches
 * @returns {Contender[]}
 */
export function ourTraining(kernels, limitRows, batches) {
  const spec = peerSpec(32, limitRows);
  const state = createBenchState(spec, kernels.createArena(SEGMENT_BYTES));
  const plan = compileTraining(spec, state, kernels, { maxBatch: Math.max(...batches) });
  return batches.map((batch) => {
    const ring = peerRing(spec, batch);
    const time = timeOver(ring, (k) => plan.step(ring.batches[k], LEARNING_RATE));
    return { name: "dqrm float32", ours: true, mode: "train", batch, time };
  });
}
