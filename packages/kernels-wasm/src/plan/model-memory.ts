import { vectorCols, type ModelSpec } from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import { createLayersMemory, type LayerMemory, type VectorShape } from "./layer-memory.ts";
import { createPlanMemory, type PlanMemory } from "./plan-memory.ts";
import { PLAN, TABLE, writeRecord, type PlanField, type RecordValues } from "./records.ts";
import { interactionNumber, lossNumber, optimizerNumber, roundUp } from "./served-models.ts";

/** Samples of the largest part of the work: their activations stay in the second-level cache through all layers. */
export const CHUNK_SAMPLES = 32;

/** Bytes of what a thread reports. */
const REPORT_BYTES = 64;

/** Multiplications of a call that is worth the waking of other threads: some tens of microseconds of one. */
const PARALLEL_PRODUCTS: number = 1 << 21;

/** Names the stages in the order of assembly/plan/clock.ts. */
const STAGES = [
  "bottom",
  "lookup",
  "interaction",
  "top",
  "backward",
  "interactionBackward",
  "layerUpdate",
  "rowUpdate",
  "wait",
] as const;

/** Holds the records of a plan, and the rooms that its jobs work in. */
export interface ModelMemory {
  readonly parts: PlanMemory;
  readonly view: DataView;
  readonly plan: number;
  /** The layers of the bottom, then of the top. */
  readonly layers: readonly LayerMemory[];
  readonly bottomCount: number;
  /** Addresses of the records of the tables, in feature order. */
  readonly tables: readonly number[];
  readonly dense: Float32Array;
  readonly labels: Float32Array;
  readonly predictions: Float32Array;
  readonly losses: Float64Array;
  /** Makes sure that each thread has `bytes` of scratch beside what the interaction needs. */
  reserveScratch(bytes: number): void;
  /** Runs the plan's job on the batch that was taken: on all threads when it is worth it. */
  run(size: number, training: boolean): void;
  /** Gives the seconds of thread 0 by stage since the last call. */
  stageSeconds(): Readonly<Record<string, number>>;
}

/**
 * Lays out a model that the fused plans serve.
 *
 * @cost twice the activations of `maxBatch` samples for training, once for serving
 */
export function createModelMemory(
  runtime: Runtime,
  owner: object,
  spec: ModelSpec,
  { maxBatch, training }: { readonly maxBatch: number; readonly training: boolean },
): ModelMemory {
  const parts = createPlanMemory(runtime.heap, owner);
  const view = new DataView(runtime.memory.buffer);
  const plan = parts.bytes(PLAN.bytes);
  const { layers, vectors, ...vectorsAt } = createLayersMemory(
    { parts, view },
    spec,
    roundUp(maxBatch, 4),
    training,
  );
  const tables = parts.bytes(TABLE.bytes * spec.features.length);
  const batch = takeBatchRoom(parts, spec, maxBatch);
  const interactionBytes = 4 * squareWords(vectors);
  const seconds = parts.bytes(8 * STAGES.length);
  writeRecord(view, PLAN, plan, {
    ...fixedNumbers(spec),
    ...vectorNumbers(vectors),
    ...batch,
    ...vectorsAt,
    served: training ? 0 : 1,
    layers: layers[0].record,
    tables,
    zeros: parts.words(Math.max(vectors.cols, roundUp(vectors.count, 8))),
    interactionBytes,
    reports: parts.bytes(REPORT_BYTES * runtime.threads),
    threads: runtime.threads,
    seconds,
  });
  return {
    parts,
    view,
    plan,
    layers,
    bottomCount: spec.bottom.length,
    tables: spec.features.map((_, f) => tables + f * TABLE.bytes),
    ...viewBatchRoom(runtime, batch, spec, maxBatch),
    reserveScratch: createScratch(runtime.threads, { parts, view, plan, interactionBytes }),
    run: createRun(runtime, view, plan, layers),
    stageSeconds: createStages(new Float64Array(runtime.memory.buffer, seconds, STAGES.length)),
  };
}

/** Says where a batch and what comes of it lie. */
interface BatchRoom {
  readonly batchDense: number;
  readonly labels: number;
  readonly predictions: number;
  readonly losses: number;
}

function takeBatchRoom(parts: PlanMemory, { denseFeatures }: ModelSpec, maxBatch: number): BatchRoom {
  return {
    batchDense: parts.words(maxBatch * denseFeatures),
    labels: parts.words(maxBatch),
    predictions: parts.words(maxBatch),
    losses: parts.bytes(8 * maxBatch),
  };
}

function viewBatchRoom(
  { memory: { buffer } }: Runtime,
  { batchDense, labels, losses, predictions }: BatchRoom,
  { denseFeatures }: ModelSpec,
  maxBatch: number,
): Pick<ModelMemory, "dense" | "labels" | "predictions" | "losses"> {
  return {
    dense: new Float32Array(buffer, batchDense, maxBatch * denseFeatures),
    labels: new Float32Array(buffer, labels, maxBatch),
    predictions: new Float32Array(buffer, predictions, maxBatch),
    losses: new Float64Array(buffer, losses, maxBatch),
  };
}

function createRun(
  runtime: Runtime,
  view: DataView,
  plan: number,
  layers: readonly LayerMemory[],
): ModelMemory["run"] {
  const products = layers.reduce((sum, { spec }) => sum + spec.inputs * spec.outputs, 0);
  return (size, training) => {
    const parallel = products * size >= PARALLEL_PRODUCTS;
    // Every thread has a part, also of a small batch; parts are whole blocks of four.
    const share = roundUp(Math.ceil(size / (parallel ? runtime.threads : 1)), 4);
    const chunk = Math.min(share, CHUNK_SAMPLES);
    writeRecord(view, PLAN, plan, { size, chunk, training: training ? 1 : 0 });
    runtime.run(plan, parallel && (training || size > chunk));
  };
}

function vectorNumbers({ cols, count, rows }: VectorShape): RecordValues<PlanField> {
  return { vectorCols: cols, vectors: count, vectorRows: rows };
}

function fixedNumbers(spec: ModelSpec): RecordValues<PlanField> {
  const { loss, optimizer } = spec;
  return {
    epsilon: optimizer.kind === "sgd" ? 0 : optimizer.epsilon,
    threshold: loss.threshold,
    weightOf0: loss.weights[0],
    weightOf1: loss.weights[1],
    denseFeatures: spec.denseFeatures,
    cols: vectorCols(spec),
    interaction: interactionNumber(spec.interaction),
    loss: lossNumber(loss),
    optimizer: optimizerNumber(optimizer),
    bottomCount: spec.bottom.length,
    topCount: spec.top.length,
    tableCount: spec.features.length,
  };
}

/** Counts what the products of a sample's vectors need: the vectors transposed, and the square of all products. */
function squareWords({ cols, count, rows }: VectorShape): number {
  const stride = Math.max(roundUp(count, 8), rows);
  return roundUp((cols + rows) * stride, 16);
}

interface Scratch {
  readonly parts: PlanMemory;
  readonly view: DataView;
  readonly plan: number;
  readonly interactionBytes: number;
}

function createScratch(
  threads: number,
  { interactionBytes, parts, plan, view }: Scratch,
): (bytes: number) => void {
  let scratch = 0;
  let held = -1;
  return (bytes) => {
    if (bytes <= held) return;
    if (scratch !== 0) parts.release(scratch);
    held = roundUp(Math.max(bytes, 2 * held), 64);
    scratch = parts.bytes(threads * (held + 2 * interactionBytes));
    writeRecord(view, PLAN, plan, { scratch, scratchBytes: held });
  };
}

function createStages(seconds: Float64Array): () => Readonly<Record<string, number>> {
  return () => {
    const taken = Object.fromEntries(STAGES.map((name, k) => [name, seconds[k]]));
    seconds.fill(0);
    return taken;
  };
}
