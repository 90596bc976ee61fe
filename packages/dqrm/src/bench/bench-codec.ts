import {
  createMessageDecoder,
  createMessageSchema,
  encodeMessage,
  maxMessageBytes,
  type MessageDecoder,
  type MessageSchema,
  type RowSink,
} from "@dqrm/comm";
import { compileTraining, DqrmError, type Kernels, type ModelSpec, type RowGradient } from "@dqrm/core";
import {
  createShardGradients,
  gradientCodecs,
  gradientEncoders,
  gradientPresets,
  modelParameters,
  type GradientEncoder,
  type GradientPresetName,
  type ModelParameter,
  type ShardGradients,
} from "@dqrm/dlrm";
import { createBatchRing, type IndexLaw } from "./batch-ring.ts";
import { createBenchState, requireMemory, SEGMENT_BYTES, trainingBytes } from "./bench-model.ts";
import { measureCodecLoops, type CodecLoops } from "./codec-loops.ts";
import { median, quantile, type Meters } from "./meters.ts";
import { benchSpec } from "./model-options.ts";
import type { ShapeName } from "./shapes.ts";

/** Says whose gradients are sent, and how often. */
export interface CodecBenchOptions {
  readonly shape: ShapeName;
  /** Samples of a worker in a step. */
  readonly batch: number;
  readonly index: IndexLaw;
  readonly limitRows: number | undefined;
  /** Training steps before the first message, so that gradients are not those of first weights. */
  readonly warmup: number;
  /** Messages of each codec. */
  readonly steps: number;
}

/** Holds what one codec makes of the gradients. */
export interface CodecBenchRow {
  readonly codec: GradientPresetName;
  /** Mean over the steps of a worker's whole message, ids and headers included. */
  readonly bytes: number;
  readonly encodeMs: { readonly median: number; readonly best: number };
  readonly decodeMs: { readonly median: number; readonly best: number };
  /** Largest difference between what was sent and what came, over the largest value of the gradient. */
  readonly error: number;
}

/** Holds the result of `bench codec`. */
export interface CodecBenchResult {
  readonly name: "codec";
  readonly shape: ShapeName;
  readonly batch: number;
  readonly index: IndexLaw;
  readonly backend: string;
  /** Mean over the steps: distinct rows that a batch touches, values of these rows, values of the layers. */
  readonly touchedRows: number;
  readonly rowValues: number;
  readonly layerValues: number;
  /** Floats with ids of 64 bits, as torch sends sparse gradients. */
  readonly sparseFloatBytes: number;
  /** What the paper computes for INT8: a byte for each value, no ids and no scales. */
  readonly paperInt8Bytes: number;
  readonly codecs: readonly CodecBenchRow[];
  readonly loops: CodecLoops;
}

const LEARNING_RATE = 0.01;
const SEED = 5;

/**
 * Trains a model of a shape on random clicks and measures the message of each gradient preset, step by step.
 *
 * The message of `float32` must come back bit for bit, before and after the timing of each step.
 *
 * @throws LIMIT when the tables do not fit into free memory; STATE when a message comes back wrong
 */
export function benchCodec(options: CodecBenchOptions, kernels: Kernels, meters: Meters): CodecBenchResult {
  const spec = codecSpec(options);
  requireMemory(trainingBytes(spec), meters.processMemory().availableBytes);
  const state = createBenchState(spec, kernels.createArena(SEGMENT_BYTES));
  const plan = compileTraining(spec, state, kernels, { maxBatch: options.batch });
  const { batch, index, steps, warmup } = options;
  const ring = createBatchRing({ spec, count: 1, batch, index, pooling: 1, weighted: false, seed: SEED });
  for (let step = 0; step < warmup; step++) {
    ring.refill(1);
    plan.step(ring.batches[0], LEARNING_RATE);
  }
  const benches = presetNames().map((codec) => prepareCodec({ spec, kernels }, codec, meters));
  const touched: number[] = [];
  const rowValues: number[] = [];
  for (let step = 0; step < steps; step++) {
    ring.refill(1);
    const loss = plan.forwardBackward(ring.batches[0]);
    for (const bench of benches) {
      bench.gradients.take(plan.gradients, loss, 1);
      bench.measure(step);
    }
    const rows = plan.gradients.tables;
    touched.push(rows.reduce((sum, { count }) => sum + count, 0));
    rowValues.push(rows.reduce((sum, { cols, count }) => sum + count * cols, 0));
    plan.apply(LEARNING_RATE);
  }
  const layers = layerValues(spec);
  return {
    name: "codec",
    shape: options.shape,
    batch,
    index,
    backend: plan.backend,
    touchedRows: mean(touched),
    rowValues: mean(rowValues),
    layerValues: layers,
    sparseFloatBytes: 4 * (layers + mean(rowValues)) + 8 * mean(touched),
    paperInt8Bytes: layers + mean(rowValues),
    codecs: benches.map((bench) => bench.result()),
    loops: measureCodecLoops(kernels, batch, meters),
  };
}

/** Describes the model of a shape whose gradients are measured: INT4 tables and layers. */
export function codecSpec({ limitRows, shape }: Pick<CodecBenchOptions, "limitRows" | "shape">): ModelSpec {
  const scale = { kind: "every-step" } as const;
  return benchSpec({ shape, bits: 4, mlpBits: 4, scale, optimizer: "sgd" }, limitRows);
}

interface CodecBench {
  readonly gradients: ShardGradients;
  measure(step: number): void;
  result(): CodecBenchRow;
}

interface CodecSubject {
  readonly spec: ModelSpec;
  readonly kernels: Kernels;
}

function prepareCodec(
  { kernels, spec }: CodecSubject,
  codec: GradientPresetName,
  { now }: Meters,
): CodecBench {
  const preset = gradientCodecs(gradientPresets[codec], kernels);
  const parameters = modelParameters(spec, preset);
  const schema = createMessageSchema(parameters, kernels);
  const gradients = createShardGradients(parameters);
  const encoders = gradientEncoders(parameters, preset);
  const decoder = createMessageDecoder(schema);
  const arrived = createArrivals(parameters);
  const times = { encode: noNumbers(), decode: noNumbers(), bytes: noNumbers(), error: noNumbers() };
  let out = new Uint8Array(0);
  return {
    gradients,
    measure(step) {
      const needed = maxMessageBytes(schema, gradients.gradients);
      if (out.length < needed) out = new Uint8Array(needed);
      const head = { step, rank: 0, world: 1 };
      const key = (parameter: number): { seed: number; stream: number } => ({
        seed: step,
        stream: parameter,
      });
      shareOwnScales(encoders, gradients.gradients);
      const content = { head, gradients: gradients.gradients, key, encoders };
      const begin = now();
      const bytes = encodeMessage(schema, content, out);
      const encoded = now();
      decoder.check(out.subarray(0, bytes), head, arrived.sinks);
      const decoded = now();
      for (const [p, encoder] of encoders.entries())
        if (gradients.gradients[p].count > 0) encoder?.commit?.();
      times.encode.push(encoded - begin);
      times.decode.push(decoded - encoded);
      times.bytes.push(bytes);
      times.error.push(arrived.error(decoder, gradients.gradients));
      if (codec === "float32") requireExact(times.error[times.error.length - 1], schema);
    },
    result: () => ({
      codec,
      bytes: mean(times.bytes),
      encodeMs: { median: median(times.encode), best: quantile(times.encode, 0) },
      decodeMs: { median: median(times.decode), best: quantile(times.decode, 0) },
      error: Math.max(...times.error),
    }),
  };
}

const noNumbers = (): number[] => [];

/** One sender's scales are their own mean. */
function shareOwnScales(
  encoders: readonly (GradientEncoder | undefined)[],
  gradients: readonly RowGradient[],
): void {
  for (const [p, encoder] of encoders.entries()) {
    if (encoder?.shared === undefined) continue;
    const scales = new Float32Array(encoder.shared.count);
    encoder.shared.localScales(gradients[p], scales);
    encoder.shared.use(scales);
  }
}

interface Arrivals {
  readonly sinks: readonly RowSink[];
  /** Lets the rows of a message arrive, and gives the largest difference from what was sent, over the largest value of its parameter. */
  error(decoder: MessageDecoder, sent: readonly RowGradient[]): number;
}

/** Collects rows of tables by their place in what was sent, for a table may be larger than memory can hold twice. */
function createArrivals(parameters: readonly ModelParameter[]): Arrivals {
  const received = parameters.map(() => new Map<number, Float32Array>());
  const sinks = parameters.map(({ cols, rows }, p): RowSink => ({
    rows,
    cols,
    add(row, values, offset) {
      received[p].set(row, values.slice(offset, offset + cols));
    },
  }));
  return {
    sinks,
    error(decoder, sent) {
      for (const rows of received) rows.clear();
      decoder.add(sinks);
      return Math.max(...sent.map((gradient, p) => largestError(gradient, received[p])));
    },
  };
}

function largestError(
  { cols, count, rows, values }: RowGradient,
  received: ReadonlyMap<number, Float32Array>,
): number {
  let error = 0;
  let peak = 0;
  for (let i = 0; i < count; i++) {
    const row = received.get(rows[i]);
    for (let c = 0; c < cols; c++) {
      const value = values[i * cols + c];
      peak = Math.max(peak, Math.abs(value));
      error = Math.max(error, Math.abs(value - (row?.[c] ?? 0)));
    }
  }
  return peak === 0 ? 0 : error / peak;
}

function requireExact(error: number, { parameters }: MessageSchema): void {
  if (error === 0) return;
  const [expected, actual] = [
    "floats that come back bit for bit",
    `off by ${error} of ${parameters.length} parameters`,
  ];
  throw new DqrmError("STATE", { op: "bench codec", expected, actual });
}

function presetNames(): readonly GradientPresetName[] {
  return ["float32", "int8", "int4", "onebit", "lowrank", "topk", "paper-int8"];
}

function layerValues({ bottom, top }: ModelSpec): number {
  return [...bottom, ...top].reduce((sum, { inputs, outputs }) => sum + outputs * (inputs + 1), 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
