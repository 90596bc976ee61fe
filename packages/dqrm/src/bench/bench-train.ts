import {
  compileTraining,
  createArena,
  createKernels,
  DqrmError,
  reference,
  symmetricScale,
  type Arena,
  type KernelBackend,
  type Kernels,
  type ModelSpec,
  type ModelState,
  type PlanOptions,
} from "@dqrm/core";
import { prepareAgreement, type Agreement, type Trace } from "./agreement.ts";
import { createBenchState, requireMemory, SEGMENT_BYTES, trainingBytes } from "./bench-model.ts";
import { createBatchRing } from "./batch-ring.ts";
import {
  benchRing,
  planMachine,
  stageShares,
  type ModelBenchResult,
  type ModelBenchTools,
} from "./model-bench.ts";
import { benchSpec, type ModelBenchOptions } from "./model-options.ts";
import { trainingWork } from "./roofline.ts";
import { timeCalls } from "./time-calls.ts";

/**
 * Small enough that thousands of steps leave the weights finite, large enough that they move; bags of many rows give
 * sums, and gradients, as many times as large.
 */
const learningRate = ({ pooling }: ModelBenchOptions): number => 0.01 / pooling;

/** The small model that is compared with the reference: rows of a table, samples of a step, steps. */
const CHECKED_ROWS = 1000;
const CHECKED_BATCH = 128;
const CHECKED_STEPS = 2;

/**
 * Times training steps over the full tables of a shape.
 *
 * Before and after, a small model is trained by the same kernels and by the reference's; after, every loss must be finite
 * and every scale that is exact at each step must be that of a full scan of its table.
 *
 * @throws LIMIT when the tables do not fit into free memory; STATE when a check fails; UNSUPPORTED when no backend has
 *         the products that were asked for
 */
export function benchTrain(options: ModelBenchOptions, tools: ModelBenchTools): ModelBenchResult {
  const { kernels, meters, note } = tools;
  const { batch, pooling, products, rounds, steps } = options;
  const spec = benchSpec(options, options.limitRows);
  const tableBytes = trainingBytes(spec);
  requireMemory(tableBytes, meters.processMemory().availableBytes);
  const arena = kernels.createArena(SEGMENT_BYTES);
  const check = prepareSmallTraining(options, kernels, arena);
  const before = check();
  note("the small model agrees with the reference; filling the tables");
  const state = createBenchState(spec, arena);
  const plan = compileTraining(spec, state, kernels, { maxBatch: batch, products });
  const { isa, machine, threads } = planMachine(plan, kernels);
  const ring = benchRing(spec, options, 1);
  const work = trainingWork(spec, pooling);
  const rate = learningRate(options);
  let lossSum = 0;
  const call = (k: number): void => {
    lossSum += plan.step(ring.batches[k], rate);
  };
  plan.stageSeconds?.();
  note("timing");
  const timing = timeCalls(
    { samples: batch, work, inputs: ring.batches.length, refill: ring.refill, call },
    { rounds, steps, machine, threads },
    meters,
  );
  const stages = stageShares(plan.stageSeconds?.());
  note("checking");
  if (!Number.isFinite(lossSum)) throw failed("finite losses", `their sum is ${lossSum}`);
  // A step of length 0 changes no weight, and chooses the scales that are due.
  plan.step(ring.batches[0], 0);
  plan.sync();
  checkScales(spec, state);
  return {
    name: "train",
    ...options,
    backend: plan.backend,
    isa,
    threads,
    rows: spec.tables.reduce((sum, { rows }) => sum + rows, 0),
    tableBytes,
    flopsPerSample: work.flops,
    rowBytesPerSample: work.bytes,
    ...timing,
    stages,
    peakRssBytes: meters.processMemory().peakRssBytes,
    validation: { before, after: check() },
  };
}

/** Prepares the comparison of a small model's training with the reference's; the reference runs once. */
function prepareSmallTraining(options: ModelBenchOptions, kernels: Kernels, arena: Arena): () => Agreement {
  const spec = benchSpec(options, Math.min(CHECKED_ROWS, options.limitRows ?? CHECKED_ROWS));
  const batch = Math.min(CHECKED_BATCH, options.batch);
  const { batches } = createBatchRing({ ...options, spec, batch, count: CHECKED_STEPS, seed: 2 });
  const train = (used: Kernels, memory: Arena, planOptions: PlanOptions): Trace => {
    const state = createBenchState(spec, memory);
    const plan = compileTraining(spec, state, used, planOptions);
    const losses = batches.map((samples) => plan.step(samples, learningRate(options)));
    const predictions = new Float32Array(batch);
    plan.infer(batches[0], predictions);
    plan.sync();
    return { losses, predictions, ...weightsOf(state) };
  };
  const run = (backend: KernelBackend): Trace =>
    train(createKernels([backend, reference]), createArena(SEGMENT_BYTES), { maxBatch: batch });
  const agreement = prepareAgreement("bench train", options.products, run);
  return () => agreement(train(kernels, arena, { maxBatch: batch, products: options.products }));
}

function weightsOf({ bottom, tables, top }: ModelState): Trace {
  const named = (name: string, weights: readonly Float32Array[]): (readonly [string, Float32Array])[] =>
    weights.map((array, i) => [`${name} ${i}`, array]);
  return Object.fromEntries([
    ...named(
      "table",
      tables.map(({ weights }) => weights),
    ),
    ...named(
      "bottom layer",
      bottom.map(({ weight }) => weight),
    ),
    ...named(
      "top layer",
      top.map(({ weight }) => weight),
    ),
  ]);
}

/** Expects the scale that each table was just given to be that of a full scan, by the reference kernel. */
function checkScales(spec: ModelSpec, state: ModelState): void {
  const absmax = createKernels([reference]).prepare("absmax", {});
  spec.tables.forEach(({ name, quantization }, t) => {
    const { scale, weights } = state.tables[t];
    const peak = absmax(weights, 0, weights.length);
    if (!Number.isFinite(peak)) throw failed(`finite weights of ${name}`, String(peak));
    if (quantization.kind !== "fake" || quantization.refresh.kind !== "every-step") return;
    const scanned = symmetricScale(peak, quantization.bits);
    if (scale[0] !== scanned)
      throw failed(`the scale ${scanned} of a full scan of ${name}`, String(scale[0]));
  });
}

function failed(expected: string, actual: string): DqrmError<"STATE"> {
  return new DqrmError("STATE", { op: "bench train", expected, actual });
}
