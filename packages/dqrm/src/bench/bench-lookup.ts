import {
  compileInference,
  createKernels,
  DqrmError,
  reference,
  rowBytes,
  symmetricScale,
  type Arena,
  type BitWidth,
  type Jagged,
  type Kernels,
  type ModelSpec,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";
import { createBatchRing, indexFiller, type IndexLaw } from "./batch-ring.ts";
import { createBenchModel, requireMemory, SEGMENT_BYTES } from "./bench-model.ts";
import type { Meters, Rate } from "./meters.ts";
import { planMachine, stageShares } from "./model-bench.ts";
import { createBits, fillBytes } from "./noise.ts";
import { timeCalls, type TimedCalls } from "./time-calls.ts";

/** Says which lookups are timed. */
export interface LookupBenchOptions {
  readonly rows: number;
  readonly cols: number;
  readonly bits: BitWidth;
  /** Indices of a bag, one measurement each. */
  readonly poolings: readonly number[];
  readonly index: IndexLaw;
  readonly rounds: number;
  readonly steps: number;
}

/** Holds how many rows a second were looked up. */
export interface LookupTiming {
  /** op: one kernel call after the other; plan: a fused plan over tables that have the rows together. */
  readonly through: "op" | "plan";
  readonly backend: string;
  readonly threads: number;
  readonly pooling: number;
  readonly megarowsPerSecond: Rate;
  /** The rate over the share of the time that the plan's lookups take; null where it does not measure that stage. */
  readonly stageMegarowsPerSecond: Rate | null;
}

/** Holds the result of {@link benchLookup}; JSON. */
export interface LookupBenchResult {
  readonly name: "lookup";
  readonly rows: number;
  readonly cols: number;
  readonly bits: BitWidth;
  readonly index: IndexLaw;
  readonly codeBytes: number;
  readonly rounds: number;
  readonly steps: number;
  readonly isa: string;
  readonly readGigabytesPerSecond: number | null;
  readonly lookups: readonly LookupTiming[];
  readonly peakRssBytes: number;
}

/** Rows that a call looks up, and calls whose indices are drawn at once. */
const CALL_ROWS = 16_384;
const RING = 16;

/** Tables of the plan that looks rows up on all threads: as many as the paper's models have. */
const PLAN_TABLES = 26;

/**
 * Times lookups of packed rows: by the op on one thread, and through a plan with almost no layers on all threads.
 *
 * One call of each is compared with the reference's, which sums in the same order: bit for bit for the op.
 *
 * @throws LIMIT when the table does not fit into free memory; STATE when a result differs
 */
export function benchLookup(
  options: LookupBenchOptions,
  kernels: Kernels,
  meters: Meters,
): LookupBenchResult {
  const { bits, cols, index, poolings, rounds, rows, steps } = options;
  const format: RowFormat = { bits, cols, scheme: "symmetric", granularity: { kind: "table" } };
  const codeBytes = rows * rowBytes(format);
  requireMemory(2 * codeBytes, meters.processMemory().availableBytes);
  const [{ machine }] = kernels.backends;
  const arena = kernels.createArena(SEGMENT_BYTES);
  const table = randomTable(format, rows, arena);
  const byOp = poolings.map((pooling) => timeOp({ options, table, pooling, kernels, arena }, meters));
  const byPlan = poolings.flatMap((pooling) => timePlan({ options, pooling, kernels, arena }, meters));
  return {
    name: "lookup",
    rows,
    cols,
    bits,
    index,
    codeBytes,
    rounds,
    steps,
    isa: machine?.isa ?? "javascript",
    readGigabytesPerSecond: machine?.readGigabytes(machine.threads) ?? null,
    lookups: [...byOp, ...byPlan],
    peakRssBytes: meters.processMemory().peakRssBytes,
  };
}

function randomTable(format: RowFormat, rows: number, arena: Arena): PackedRows {
  const codes = arena.uint8(rows * rowBytes(format));
  fillBytes(codes, 1);
  const scale = arena.float32(1);
  scale[0] = symmetricScale(1, format.bits);
  return { format, rows, codes, scale, bias: arena.float32(0) };
}

interface OpLookup {
  readonly options: LookupBenchOptions;
  readonly table: PackedRows;
  readonly pooling: number;
  readonly kernels: Kernels;
  readonly arena: Arena;
}

function timeOp({ arena, kernels, options, pooling, table }: OpLookup, meters: Meters): LookupTiming {
  const { format, rows } = table;
  const bags = Math.max(1, Math.floor(CALL_ROWS / pooling));
  const spec = { format, pooling: "sum", stride: format.cols, offset: 0 } as const;
  const lookup = kernels.prepare("embeddingBagPacked", spec);
  const offsets = Int32Array.from({ length: bags + 1 }, (_, b) => b * pooling);
  const ring = Array.from({ length: RING }, (): Jagged => ({
    indices: new Int32Array(bags * pooling),
    offsets,
  }));
  const fill = indexFiller(options.index, rows, createBits(pooling));
  const refill = (count: number): void => {
    for (const { indices } of ring.slice(0, count)) fill(indices);
  };
  const dst = arena.float32(bags * format.cols);
  refill(RING);
  lookup(table, ring[0], dst, 0, bags);
  const expected = new Float32Array(dst.length);
  createKernels([reference]).prepare("embeddingBagPacked", spec)(table, ring[0], expected, 0, bags);
  const wrong = dst.findIndex((value, i) => !Object.is(value, expected[i]));
  if (wrong >= 0) throw differs(`${expected[wrong]} at ${wrong}`, String(dst[wrong]));
  const call = (k: number): void => lookup(table, ring[k], dst, 0, bags);
  const chosen = kernels.explain("embeddingBagPacked", spec).find(({ verdict }) => verdict === "chosen");
  const calls = { samples: bags * pooling, inputs: RING, refill, call };
  const megarowsPerSecond = timeRows(calls, options, meters);
  return {
    through: "op",
    backend: chosen?.backend ?? "none",
    threads: 1,
    pooling,
    megarowsPerSecond,
    stageMegarowsPerSecond: null,
  };
}

interface PlanLookup {
  readonly options: LookupBenchOptions;
  readonly pooling: number;
  readonly kernels: Kernels;
  readonly arena: Arena;
}

/** Answers nothing when no backend compiles such a plan: the executor would time the op again. */
function timePlan({ arena, kernels, options, pooling }: PlanLookup, meters: Meters): readonly LookupTiming[] {
  const { bits, cols, index, rows } = options;
  const spec = lookupModel({ bits, cols, rows: Math.ceil(rows / PLAN_TABLES) });
  const batch = Math.max(1, Math.floor((2 * CALL_ROWS) / (PLAN_TABLES * pooling)));
  const model = createBenchModel(spec, arena);
  const plan = compileInference(model, kernels, { maxBatch: batch });
  if (kernels.backends.every(({ name, plans }) => name !== plan.backend || plans.inference === undefined))
    return [];
  const ring = createBatchRing({ spec, count: RING, batch, pooling, weighted: false, index, seed: 3 });
  const probabilities = new Float32Array(batch);
  const call = (k: number): void => plan.infer(ring.batches[k], probabilities);
  const samples = PLAN_TABLES * batch * pooling;
  plan.stageSeconds?.();
  const megarowsPerSecond = timeRows({ samples, inputs: RING, refill: ring.refill, call }, options, meters);
  const { threads } = planMachine(plan, kernels);
  const share = stageShares(plan.stageSeconds?.())["lookup"] ?? 0;
  const { best, median } = megarowsPerSecond;
  const stageMegarowsPerSecond = share > 0 ? { median: median / share, best: best / share } : null;
  const { backend } = plan;
  return [{ through: "plan", backend, threads, pooling, megarowsPerSecond, stageMegarowsPerSecond }];
}

/** A model that does little but look rows up: one layer below, one product of all vectors with a row of weights above. */
function lookupModel({ bits, cols, rows }: Pick<LookupBenchOptions, "bits" | "cols" | "rows">): ModelSpec {
  const quantization = {
    kind: "fake",
    bits,
    granularity: { kind: "table" },
    refresh: { kind: "every-step" },
  } as const;
  const tables = Array.from({ length: PLAN_TABLES }, (_, t) => ({
    name: `table-${t}`,
    rows,
    cols,
    quantization,
    poolingWeights: "none" as const,
  }));
  return {
    denseFeatures: 1,
    tables,
    features: tables.map((_, table) => ({ kind: "table", table, pooling: "sum" })),
    bottom: [{ inputs: 1, outputs: cols, activation: "relu" }],
    interaction: { kind: "cat", itself: false },
    top: [{ inputs: (PLAN_TABLES + 1) * cols, outputs: 1, activation: "none" }],
    linearQuantization: { kind: "none" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
  };
}

function timeRows(
  calls: Omit<TimedCalls, "work">,
  { rounds, steps }: LookupBenchOptions,
  meters: Meters,
): Rate {
  const options = { rounds, steps, machine: undefined, threads: 1 };
  const { samplesPerSecond } = timeCalls({ ...calls, work: { flops: 0, bytes: 0 } }, options, meters);
  return { median: samplesPerSecond.median / 1e6, best: samplesPerSecond.best / 1e6 };
}

function differs(expected: string, actual: string): DqrmError<"STATE"> {
  return new DqrmError("STATE", { op: "bench lookup", expected, actual });
}
