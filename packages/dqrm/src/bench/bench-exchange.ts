import {
  allGather,
  barrier,
  createAppendSink,
  createDenseSink,
  createExchange,
  createMessageSchema,
  type RowSink,
  type Transport,
} from "@dqrm/comm";
import { compileTraining, createRowGradient, DqrmError, type Kernels, type ModelSpec } from "@dqrm/core";
import {
  chooseLayerSum,
  createShardGradients,
  gradientCodecs,
  gradientEncoders,
  gradientPresets,
  MEASURED_STEPS,
  measureEntropy,
  modelParameters,
  type GradientPresetName,
  type LayerSum,
  type ModelParameter,
  type ShardGradients,
} from "@dqrm/dlrm";
import { codecSpec, type CodecBenchOptions } from "./bench-codec.ts";
import { createBatchRing } from "./batch-ring.ts";
import { createBenchState, requireMemory, SEGMENT_BYTES, trainingBytes } from "./bench-model.ts";
import { median, quantile, type Meters } from "./meters.ts";

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

/** Exchanges of each codec before those that are timed: all is then warm, and codecs that measure the link have decided. */
const WARMUP_STEPS: number = MEASURED_STEPS;

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

interface ExchangeBench {
  readonly codec: GradientPresetName;
  readonly layerSum: LayerSum;
  readonly gradients: ShardGradients;
  /** Of the steps that count. */
  readonly bytes: number[];
  readonly exchanges: number[];
  readonly wire: number[];
  measure(step: number, meters: Meters): Promise<void>;
}

function prepareExchange(
  spec: ModelSpec,
  { codec, layerSum: wanted }: Pick<ExchangeBenchOptions, "layerSum"> & Pick<ExchangeBench, "codec">,
  { kernels, transport }: Pick<ExchangeBenchTools, "kernels" | "transport">,
): ExchangeBench {
  const codecs = gradientCodecs(gradientPresets[codec], kernels);
  const shards = transport.size;
  const layerSum = chooseLayerSum(wanted, { ...gradientPresets[codec], shards }, transport.size);
  const parameters = modelParameters(spec, codecs, layerSum);
  const gradients = createShardGradients(parameters);
  const sums = createSums(parameters, kernels);
  const schema = createMessageSchema(parameters, kernels);
  const encoders = [gradientEncoders(parameters, codecs)];
  const exchange = createExchange({ transport, schema, shards, seed: SEED, encoders });
  const measuring = codecs.entropy === undefined ? undefined : measureEntropy(codecs.entropy);
  const bytes: number[] = [];
  const exchanges: number[] = [];
  const wire: number[] = [];
  return {
    codec,
    layerSum,
    gradients,
    bytes,
    exchanges,
    wire,
    async measure(step, { now }) {
      sums.clear();
      await barrier(transport);
      const begin = now();
      const { sentBytes } = await exchange.step(step, [gradients.gradients], sums.sinks);
      const exchanged = now() - begin;
      await barrier(transport);
      const again = now();
      await allGather(transport, new Uint8Array(Math.round(sentBytes)));
      const own = [exchanged, now() - again, sentBytes, sums.digest()];
      const columns = transpose(await gatherNumbers(transport, own));
      const [times, wires, sizes, digests] = columns;
      checkDigests(digests, step);
      measuring?.took(Math.max(...times));
      if (step < WARMUP_STEPS) return;
      exchanges.push(Math.max(...times));
      wire.push(Math.max(...wires));
      bytes.push(mean(sizes));
    },
  };
}

function transpose(rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return rows[0].map((_, column) => rows.map((row) => row[column]));
}

interface Sums {
  readonly sinks: readonly RowSink[];
  clear(): void;
  digest(): number;
}

/** Adds layers into whole arrays, and keeps the rows of tables one after the other, as a training step does. */
function createSums(parameters: readonly ModelParameter[], kernels: Kernels): Sums {
  const checksum = kernels.prepare("checksum", {});
  const parts = parameters.map(({ cols, place, rows }) => {
    if (place.kind === "tables" || place.kind === "poolingWeights") {
      const gathered = createRowGradient(cols, 0);
      return {
        sink: createAppendSink(gathered, rows),
        clear: () => {
          gathered.count = 0;
        },
        values: () => gathered.values.subarray(0, gathered.count * cols),
      };
    }
    const values = new Float32Array(rows * cols);
    return {
      sink: createDenseSink(values, rows, cols, kernels),
      clear: () => values.fill(0),
      values: () => values,
    };
  });
  return {
    sinks: parts.map(({ sink }) => sink),
    clear() {
      for (const part of parts) part.clear();
    },
    digest: () =>
      parts.reduce((digest, part) => {
        const { buffer, byteLength, byteOffset } = part.values();
        return checksum(new Uint8Array(buffer, byteOffset, byteLength), 0, byteLength, digest);
      }, 0),
  };
}

/** Brings the numbers of each worker to all. */
async function gatherNumbers(
  transport: Transport,
  numbers: readonly number[],
): Promise<readonly (readonly number[])[]> {
  const all = await allGather(transport, new Uint8Array(Float64Array.from(numbers).buffer));
  return all.map((bytes) => [...new Float64Array(bytes.slice().buffer)]);
}

function checkDigests(digests: readonly number[], step: number): void {
  const peer = digests.findIndex((digest) => digest !== digests[0]);
  if (peer < 0) return;
  const [expected, actual] = [digests[0], digests[peer]].map((digest) => digest.toString(16));
  throw new DqrmError("DESYNC", { peer, step, what: "digest of the sum", expected, actual });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
