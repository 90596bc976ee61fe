import {
  compileInference,
  rowBytes,
  symmetricScale,
  type Arena,
  type BitWidth,
  type Kernels,
  type ModelSpec,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";
import { createBatchRing, type IndexLaw } from "./batch-ring.ts";
import { createBenchModel, requireMemory, SEGMENT_BYTES } from "./bench-model.ts";
import type { LookupTiming } from "./lookup-timing.ts";
import { timeLookupWorkers } from "./lookup-workers.ts";
import type { Meters, Rate } from "./meters.ts";
import { planMachine, stageShares } from "./model-bench.ts";
import { fillBytes } from "./noise.ts";
import { CALL_ROWS, LOOKUP_RING, prepareLookup } from "./prepare-lookup.ts";
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
  /** Worker threads that share the table; 0 times none. */
  readonly workers: number;
}

/** Gives lookups their kernels, and what they may not take from the surroundings. */
export interface LookupTools {
  readonly kernels: Kernels;
  /** The kernels as `--kernels` names them, for workers load their own. */
  readonly list: string;
  readonly workerUrl: URL;
  readonly meters: Meters;
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

/** Tables of the plan that looks rows up on all threads: as many as the paper's models have. */
const PLAN_TABLES = 26;

/**
 * Times lookups of packed rows: by the op on one thread, and through a plan with almost no layers on all threads.
 *
 * One call of each is compared with the reference's, which sums in the same order: bit for bit for the op.
 *
 * @throws LIMIT when the table does not fit into free memory; STATE when a result differs
 */
export async function benchLookup(
  options: LookupBenchOptions,
  tools: LookupTools,
): Promise<LookupBenchResult> {
  const { kernels, meters } = tools;
  const { bits, cols, index, poolings, rounds, rows, steps } = options;
  const format: RowFormat = { bits, cols, scheme: "symmetric", granularity: { kind: "table" } };
  const codeBytes = rows * rowBytes(format);
  requireMemory(2 * codeBytes, meters.processMemory().availableBytes);
  const [{ machine }] = kernels.backends;
  const arena = kernels.createArena(SEGMENT_BYTES);
  const table = randomTable(format, rows, arena);
  const byOp = poolings.map((pooling) => timeOp({ options, table, pooling, kernels, arena }, meters));
  const byWorkers: LookupTiming[] = [];
  if (options.workers > 0) {
    for (const pooling of poolings) byWorkers.push(await timeWorkers({ options, table, pooling }, tools));
  }
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
    lookups: [...byOp, ...byWorkers, ...byPlan],
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
  const lookup = prepareLookup({ table, pooling, index: options.index, seed: pooling }, kernels, arena);
  const megarowsPerSecond = timeRows(lookup, options, meters);
  const { backend } = lookup;
  return { through: "op", backend, threads: 1, pooling, megarowsPerSecond, stageMegarowsPerSecond: null };
}

function timeWorkers(
  { options, pooling, table }: Pick<OpLookup, "options" | "pooling" | "table">,
  { list, meters, workerUrl }: LookupTools,
): Promise<LookupTiming> {
  const { index, steps, workers } = options;
  // A worker's round is as long as the indices that it draws for it.
  const rounds = options.rounds * Math.ceil(steps / LOOKUP_RING);
  return timeLookupWorkers({ table, pooling, index, kernels: list, workers, rounds, workerUrl }, meters);
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
  const ring = createBatchRing({ spec, count: LOOKUP_RING, batch, pooling, weighted: false, index, seed: 3 });
  const probabilities = new Float32Array(batch);
  const call = (k: number): void => plan.infer(ring.batches[k], probabilities);
  const samples = PLAN_TABLES * batch * pooling;
  plan.stageSeconds?.();
  const megarowsPerSecond = timeRows(
    { samples, inputs: LOOKUP_RING, refill: ring.refill, call },
    options,
    meters,
  );
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
