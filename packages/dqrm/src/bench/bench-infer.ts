import {
  compileInference,
  createKernels,
  reference,
  type Batch,
  type InferencePlan,
  type KernelBackend,
  type PackedModel,
} from "@dqrm/core";
import { prepareAgreement, type Agreement, type Trace } from "./agreement.ts";
import { createBatchRing } from "./batch-ring.ts";
import { createBenchModel, requireMemory, SEGMENT_BYTES, servedBytes } from "./bench-model.ts";
import {
  benchRing,
  planMachine,
  stageShares,
  type ModelBenchResult,
  type ModelBenchTools,
} from "./model-bench.ts";
import { benchSpec, type ModelBenchOptions } from "./model-options.ts";
import { inferenceWork } from "./roofline.ts";
import { timeCalls } from "./time-calls.ts";

/** Samples of the batch that is compared with the reference's predictions. */
const CHECKED_SAMPLES = 128;

/**
 * Times predictions over the full packed tables of a shape.
 *
 * Before and after, the predictions of one batch are compared with those of the reference kernels over the same model.
 *
 * @throws LIMIT when the tables do not fit into free memory; STATE when predictions are too far from the reference's;
 *         UNSUPPORTED when no backend has the products that were asked for
 */
export function benchInfer(options: ModelBenchOptions, tools: ModelBenchTools): ModelBenchResult {
  const { kernels, meters, note } = tools;
  const { batch, pooling, products, rounds, steps } = options;
  const spec = benchSpec(options, options.limitRows);
  const tableBytes = servedBytes(spec);
  requireMemory(tableBytes, meters.processMemory().availableBytes);
  note("filling the tables");
  const model = createBenchModel(spec, kernels.createArena(SEGMENT_BYTES));
  const plan = compileInference(model, kernels, { maxBatch: batch, products });
  const { isa, machine, threads } = planMachine(plan, kernels);
  const check = preparePredictions(options, model, plan);
  const before = check();
  const ring = benchRing(spec, options, 1);
  const work = inferenceWork(spec, pooling);
  const probabilities = new Float32Array(batch);
  const call = (k: number): void => {
    plan.infer(ring.batches[k], probabilities);
  };
  plan.stageSeconds?.();
  note("the predictions agree with the reference; timing");
  const timing = timeCalls(
    { samples: batch, work, inputs: ring.batches.length, refill: ring.refill, call },
    { rounds, steps, machine, threads },
    meters,
  );
  const stages = stageShares(plan.stageSeconds?.());
  return {
    name: "infer",
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

/** Prepares the comparison of a plan's predictions with the reference's; the reference runs once. */
function preparePredictions(
  options: ModelBenchOptions,
  model: PackedModel,
  plan: InferencePlan,
): () => Agreement {
  const batch = Math.min(CHECKED_SAMPLES, options.batch);
  const [samples] = createBatchRing({ ...options, spec: model.spec, batch, count: 1, seed: 2 }).batches;
  const run = (backend: KernelBackend): Trace => {
    const kernels = createKernels([backend, reference]);
    return predictions(compileInference(model, kernels, { maxBatch: batch }), samples);
  };
  const agreement = prepareAgreement("bench infer", options.products, run);
  return () => agreement(predictions(plan, samples));
}

function predictions(plan: InferencePlan, samples: Batch): Trace {
  const probabilities = new Float32Array(samples.size);
  plan.infer(samples, probabilities);
  return { predictions: probabilities };
}
