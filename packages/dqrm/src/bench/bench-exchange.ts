import { createMemoryTransports, type Transport } from "@dqrm/comm";
import { compileTraining, type Kernels, type ModelGradients, type ModelSpec } from "@dqrm/core";
import type { GradientPresetName, LayerSum } from "@dqrm/dlrm";
import { createBatchRing } from "./batch-ring.ts";
import { codecSpec, type CodecBenchOptions } from "./bench-codec.ts";
import { createBenchState, requireMemory, SEGMENT_BYTES, trainingBytes } from "./bench-model.ts";
import { median, quantile, type Meters } from "./meters.ts";
import {
  gatherNumbers,
  mean,
  prepareExchange,
  WARMUP_STEPS,
  type ExchangeBench,
} from "./prepare-exchange.ts";

/** Says whose gradients are exchanged, and by which codecs. */
export interface ExchangeBenchOptions extends CodecBenchOptions {
  /** The first is what the others are compared with. */
  readonly codecs: readonly GradientPresetName[];
  readonly layerSum: LayerSum | "auto";
}

/** Holds what the exchange by one codec takes. */
export interface ExchangeBenchRow {
  readonly codec: GradientPresetName;
  readonly layerSum: LayerSum;
  /** Mean bytes that a worker sends each other, over workers and steps. */
  readonly bytes: number;
  /** From the first byte encoded to the last sum, on the slowest worker. */
  readonly exchangeMs: { readonly median: number; readonly best: number };
  /** Share of the exchange in a step that computes, exchanges and applies, by medians. */
  readonly stepShare: number;
  /** To gather as many bytes from all workers, without a codec. */
  readonly wireMs: { readonly median: number; readonly best: number };
  /** Median over the steps of the first codec's time over this one's in the same step. */
  readonly shorter: number;
  /** The same of the bytes alone. */
  readonly wireShorter: number;
}

/** Holds the result of `bench exchange`. */
export interface ExchangeBenchResult {
  readonly name: "exchange";
  readonly shape: CodecBenchOptions["shape"];
  readonly batch: number;
  readonly index: CodecBenchOptions["index"];
  readonly backend: string;
  readonly transport: string;
  readonly workers: number;
  readonly steps: number;
  /** To compute the gradients of a step and apply their sum, on the slowest worker; median. */
  readonly computeMs: number;
  readonly codecs: readonly ExchangeBenchRow[];
}

/** Gives a worker of the benchmark what it works with. */
export interface ExchangeBenchTools {
  readonly kernels: Kernels;
  readonly meters: Meters;
  readonly transport: Transport;
}

const LEARNING_RATE = 0.01;
const SEED = 5;

/**
 * Exchanges of each codec within this process before them. What compiles JavaScript works beside it for the first hundreds of calls, and
 * would hold up one exchange in two.
 */
const COMPILING_STEPS = 100;

/**
 * Trains a model of a shape on clicks of each worker's own and times the exchange of its gradients by each codec, in turns.
 *
 * After every exchange all workers must have the same sum, bit for bit.
 *
 * @throws LIMIT when the tables do not fit into free memory; DESYNC when sums differ; what the transport throws
 */
export async function benchExchange(
  options: ExchangeBenchOptions,
  { kernels, meters, transport }: ExchangeBenchTools,
): Promise<ExchangeBenchResult> {
  const spec = codecSpec(options);
  requireMemory(trainingBytes(spec), meters.processMemory().availableBytes);
  const state = createBenchState(spec, kernels.createArena(SEGMENT_BYTES));
  const plan = compileTraining(spec, state, kernels, { maxBatch: options.batch });
  const { batch, codecs, index, layerSum, shape, steps, warmup } = options;
  const seed = SEED + transport.rank;
  const ring = createBatchRing({ spec, count: 1, batch, index, pooling: 1, weighted: false, seed });
  for (let step = 0; step < warmup; step++) {
    ring.refill(1);
    plan.step(ring.batches[0], LEARNING_RATE);
  }
  const loss = plan.forwardBackward(ring.batches[0]);
  await compileExchanges(spec, options, { gradients: plan.gradients, kernels, loss, meters });
  const benches = codecs.map((codec) => prepareExchange(spec, { codec, layerSum }, { kernels, transport }));
  const computes: number[] = [];
  for (let step = 0; step < WARMUP_STEPS + steps; step++) {
    ring.refill(1);
    const begin = meters.now();
    const loss = plan.forwardBackward(ring.batches[0]);
    const computed = meters.now();
    for (const bench of benches) {
      bench.gradients.take(plan.gradients, loss, 1 / transport.size);
      await bench.measure(step, meters);
    }
    const applying = meters.now();
    plan.apply(LEARNING_RATE);
    if (step >= WARMUP_STEPS) computes.push(computed - begin + (meters.now() - applying));
  }
  const computeMs = Math.max(...(await gatherNumbers(transport, [median(computes)])).flat());
  return {
    name: "exchange",
    shape,
    batch,
    index,
    backend: plan.backend,
    transport: transport.name,
    workers: transport.size,
    steps,
    computeMs,
    codecs: benches.map((bench) => rowOf(bench, benches[0], computeMs)),
  };
}

interface Compiling extends Omit<ExchangeBenchTools, "transport"> {
  readonly gradients: ModelGradients;
  readonly loss: number;
}

/** Exchanges the same gradients again and again between two ends in this process. */
async function compileExchanges(
  spec: ModelSpec,
  { codecs, layerSum }: ExchangeBenchOptions,
  { gradients, kernels, loss, meters }: Compiling,
): Promise<void> {
  for (const codec of codecs) {
    const ends = createMemoryTransports(2).map((transport) =>
      prepareExchange(spec, { codec, layerSum }, { kernels, transport }),
    );
    for (const end of ends) end.gradients.take(gradients, loss, 1 / ends.length);
    for (let step = 0; step < COMPILING_STEPS; step++) {
      await Promise.all(ends.map((end) => end.measure(step, meters)));
    }
  }
}

/** Compares the exchange by a codec with that by the first. */
function rowOf(
  { bytes, codec, exchanges, layerSum, wire }: ExchangeBench,
  first: ExchangeBench,
  computeMs: number,
): ExchangeBenchRow {
  return {
    codec,
    layerSum,
    bytes: mean(bytes),
    exchangeMs: spread(exchanges),
    stepShare: median(exchanges) / (median(exchanges) + computeMs),
    wireMs: spread(wire),
    shorter: ratio(first.exchanges, exchanges),
    wireShorter: ratio(first.wire, wire),
  };
}

function spread(times: readonly number[]): ExchangeBenchRow["exchangeMs"] {
  return { median: median(times), best: quantile(times, 0) };
}

function ratio(longer: readonly number[], shorter: readonly number[]): number {
  return median(longer.map((time, step) => time / shorter[step]));
}
