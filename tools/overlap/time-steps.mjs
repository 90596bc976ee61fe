import { performance } from "node:perf_hooks";
import { barrier, groupPlace } from "../../packages/comm/dist/index.js";
import { gloo } from "../../packages/comm-gloo/dist/index.js";
import { compileTraining, createKernels, reference } from "../../packages/core/dist/index.js";
import { createParallelStep } from "../../packages/dlrm/dist/parallel/parallel-step.js";
import { gradientCodecs, gradientPresets } from "../../packages/dlrm/dist/index.js";
import { createBatchRing } from "../../packages/dqrm/dist/bench/batch-ring.js";
import { codecSpec } from "../../packages/dqrm/dist/bench/bench-codec.js";
import { createBenchState, SEGMENT_BYTES } from "../../packages/dqrm/dist/bench/bench-model.js";
import { median, quantile } from "../../packages/dqrm/dist/bench/meters.js";
import { gatherNumbers } from "../../packages/dqrm/dist/bench/prepare-exchange.js";
import { nativeKernels } from "../../packages/kernels-native/dist/index.js";

/** @import { TrainingPlan } from "../../packages/core/dist/index.js" */
/** @import { GradientPresetName } from "../../packages/dlrm/dist/index.js" */

const SHAPE = "kaggle";
const LIMIT_ROWS = 100_000;
const LEARNING_RATE = 0.01;
const SEED = 5;
/** Steps before those that are timed: codecs that measure the link have decided by then. */
const WARMUP_STEPS = 24;

/**
 * Times steps of this rank and of all others, every second of them with a plan that says nothing before its end; rank 0 speaks.
 *
 * @param {{ readonly batch: number, readonly codec: string, readonly steps: number }} options of a worker's batch
 */
export async function timeSteps({ batch, codec, steps }) {
  if (!isPreset(codec)) throw new Error(`no preset ${codec}`);
  const place = groupPlace(process.env);
  if (place === undefined) throw new Error("no rank");
  const transport = await gloo.open({ place, timeoutMs: 60_000 });
  if ("unavailable" in transport) throw new Error(transport.unavailable);
  const native = await nativeKernels.load({ threads: 1 });
  if ("unavailable" in native) throw new Error(native.unavailable);
  const kernels = createKernels([native, reference]);
  const spec = codecSpec({ shape: SHAPE, limitRows: LIMIT_ROWS });
  const state = createBenchState(spec, kernels.createArena(SEGMENT_BYTES));
  const compiled = compileTraining(spec, state, kernels, { maxBatch: batch });
  const told = telling(compiled);
  const { size } = transport;
  const parallel = createParallelStep({
    transport,
    shards: size,
    codecs: gradientCodecs(gradientPresets[codec], kernels),
    layerSum: "gather",
    spec,
    plan: told.plan,
    kernels,
    seed: SEED,
    clock: () => performance.now(),
  });
  const ring = createBatchRing({
    ...{ spec, count: 1, batch: size * batch, index: "zipf", pooling: 1, weighted: false, seed: SEED },
  });
  const figures = { early: noNumbers(), late: noNumbers(), headStart: noNumbers(), backward: noNumbers() };
  for (let step = 0; step < WARMUP_STEPS + 2 * steps; step++) {
    ring.refill(1);
    // In pairs of either order: whatever drifts is the same for both.
    told.early = (step & 1) === ((step >> 1) & 1);
    await barrier(transport);
    const begin = performance.now();
    await parallel.step(ring.batches[0], { learningRate: LEARNING_RATE, step, stop: false });
    const own = [performance.now() - begin, told.headStartMs, told.backwardMs];
    const [took, headStart, backward] = largestOfEach(await gatherNumbers(transport, own));
    if (step < WARMUP_STEPS) continue;
    figures[told.early ? "early" : "late"].push(took);
    if (told.early) figures.headStart.push(headStart);
    figures.backward.push(backward);
  }
  if (transport.rank === 0) report({ batch, codec }, figures);
  await barrier(transport);
  await transport.close();
}

/**
 * @param {string} name
 * @returns {name is GradientPresetName}
 */
function isPreset(name) {
  return name in gradientPresets;
}

/** @param {readonly (readonly number[])[]} ranks the same numbers of every rank */
function largestOfEach(ranks) {
  return ranks[0].map((_, i) => Math.max(...ranks.map((numbers) => numbers[i])));
}

/** @returns {number[]} */
function noNumbers() {
  return [];
}

/**
 * Lets a plan be heard while it computes, or not.
 *
 * @param {TrainingPlan} plan
 */
function telling(plan) {
  const told = {
    early: true,
    headStartMs: 0,
    backwardMs: 0,
    /** @type {TrainingPlan} */
    plan: {
      backend: plan.backend,
      gradients: plan.gradients,
      step: (batch, rate) => plan.step(batch, rate),
      forwardBackward(batch, ready) {
        const begin = performance.now();
        let sent = 0;
        let sending = 0;
        const loss = plan.forwardBackward(batch, (groups) => {
          const at = performance.now();
          if (groups.includes("bottom")) told.headStartMs = at - sent;
          if (told.early) ready?.(groups);
          if (groups.includes("top")) sent = performance.now();
          sending += performance.now() - at;
        });
        told.backwardMs = performance.now() - begin - sending;
        return loss;
      },
      apply: (rate) => plan.apply(rate),
      infer: (batch, dst) => plan.infer(batch, dst),
      sync: () => plan.sync(),
      reload: () => plan.reload(),
    },
  };
  return told;
}

/**
 * @param {{ readonly batch: number, readonly codec: string }} subject
 * @param {Readonly<Record<"early" | "late" | "headStart" | "backward", readonly number[]>>} figures
 */
function report({ batch, codec }, { backward, early, headStart, late }) {
  /** @param {readonly number[]} times */
  const ms = (times) => `${median(times).toFixed(2)} ms (best ${quantile(times, 0).toFixed(2)})`;
  const shorter = late.map((time, i) => time / early[i]);
  const saved = late.map((time, i) => time - early[i]);
  console.log(`${codec}, batch ${batch} a worker, ${early.length} pairs`);
  console.log(`  forward and backward          ${ms(backward)}`);
  console.log(`  sent top until backward ended ${ms(headStart)}`);
  console.log(`  step, all sent afterwards     ${ms(late)}`);
  console.log(`  step, top sent before         ${ms(early)}`);
  console.log(
    `  median of pairs               ${median(shorter).toFixed(3)}x shorter, ${median(saved).toFixed(2)} ms`,
  );
}
