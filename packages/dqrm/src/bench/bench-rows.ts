import {
  compileTraining,
  createArena,
  scanRange,
  type Batch,
  type Kernels,
  type TrainingPlan,
} from "@dqrm/core";
import { batches, randomDataset } from "@dqrm/data";
import { buildModelSpec, initModelState, presets, setConfigValues, type DlrmConfig } from "@dqrm/dlrm";
import { median, type Meters, type Rate } from "./meters.ts";

/** Says what is measured. */
export interface RowsBenchOptions {
  readonly rows: readonly number[];
  readonly tables: number;
  readonly bits: number;
  readonly batch: number;
  readonly steps: number;
  readonly rounds: number;
  readonly kernels: Kernels;
}

/** Holds what one size of tables cost. */
export interface RowsBenchSize {
  readonly rows: number;
  readonly tableBytes: number;
  readonly stepMs: Rate;
  /** Median over the rounds of this size's time over the first size's time in the same round. */
  readonly ratio: number;
  readonly arrayBytesPerStep: number;
  readonly heapBytesPerStep: number;
}

/** Holds the result of {@link benchRows}. */
export interface RowsBenchResult {
  readonly name: "rows";
  readonly backend: string;
  readonly bits: number;
  readonly batch: number;
  readonly steps: number;
  readonly rounds: number;
  readonly sizes: readonly RowsBenchSize[];
}

interface Subject {
  readonly rows: number;
  readonly tableBytes: number;
  readonly plan: TrainingPlan;
  readonly batches: readonly Batch[];
  /** Checks that the range kept step by step equals a scan of the whole table. */
  readonly validate: () => void;
}

/** Batches that are drawn once and used in turn, so that drawing is not timed. */
const BATCHES = 32;
const LEARNING_RATE = 0.1;

/**
 * Times training steps over tables of several sizes, alternating between them, and counts the memory that steps keep.
 *
 * The exact absmax that each step keeps is compared with a full scan before and after.
 */
export function benchRows(
  options: RowsBenchOptions,
  { measureMemory, now }: Omit<Meters, "processMemory">,
): RowsBenchResult {
  const { batch, bits, kernels, rounds, steps } = options;
  const subjects = options.rows.map((rows) => createSubject(rows, options));
  for (const subject of subjects) {
    run(subject, 2 * BATCHES);
    subject.validate();
  }
  const times = subjects.map(() => new Float64Array(rounds));
  const memory = subjects.map(() => ({ heap: 0, arrays: 0 }));
  for (let round = 0; round < rounds; round++) {
    subjects.forEach((subject, s) => {
      const before = measureMemory();
      const start = now();
      run(subject, steps);
      times[s][round] = (now() - start) / steps;
      const after = measureMemory();
      memory[s].heap += Math.max(0, after.heapBytes - before.heapBytes) / (steps * rounds);
      memory[s].arrays += Math.max(0, after.arrayBytes - before.arrayBytes) / (steps * rounds);
    });
  }
  for (const subject of subjects) subject.validate();
  const sizes = subjects.map(({ rows, tableBytes }, s): RowsBenchSize => {
    const ratios = times[s].map((time, round) => time / times[0][round]);
    const stepMs = { median: median([...times[s]]), best: Math.min(...times[s]) };
    const { arrays, heap } = memory[s];
    return {
      rows,
      tableBytes,
      stepMs,
      ratio: median([...ratios]),
      arrayBytesPerStep: arrays,
      heapBytesPerStep: heap,
    };
  });
  const backend = kernels.backends.map(({ name }) => name).join(", ");
  return { name: "rows", backend, bits, batch, steps, rounds, sizes };
}

function createSubject(rows: number, { batch, bits, kernels, tables }: RowsBenchOptions): Subject {
  const config: DlrmConfig = setConfigValues(presets.demo, [
    ["quantization.tables.bits", String(bits)],
    ["quantization.tables.refresh", "every-step"],
  ]);
  const features = Array.from({ length: tables }, () => ({
    rows,
    minIndices: 1,
    maxIndices: 1,
    distribution: { kind: "uniform" } as const,
  }));
  const dataset = randomDataset({ rows: BATCHES * batch, seed: 1, denseFeatures: 4, features });
  const spec = buildModelSpec(config, dataset);
  const { compatibility, model } = config;
  const arena = createArena(1 << 24);
  const state = initModelState(spec, { seed: 1, arena, embeddingInit: model.embeddingInit, compatibility });
  const validate = (): void => {
    state.tables.forEach((table, t) => {
      const { cols, quantization } = spec.tables[t];
      if (quantization.kind === "none") return;
      const kept = kernels.prepare("rangeAbsmax", { cols })(table.weights, rows, table.range);
      scanRange(table.weights, rows, cols, table.range);
      const scanned = kernels.prepare("rangeAbsmax", { cols })(table.weights, rows, table.range);
      if (kept !== scanned)
        throw new RangeError(`table ${t}: absmax ${kept} was kept, a full scan gives ${scanned}`);
    });
  };
  return {
    rows,
    tableBytes: spec.tables.reduce((sum, table) => sum + 4 * table.rows * table.cols, 0),
    plan: compileTraining(spec, state, kernels, { maxBatch: batch }),
    batches: drawBatches(dataset, batch),
    validate,
  };
}

function drawBatches(dataset: Parameters<typeof batches>[0], batchSize: number): readonly Batch[] {
  const order = { kind: "file" } as const;
  return Array.from({ length: BATCHES }, (_, firstBatch): Batch => {
    const { value } = batches(dataset, { batchSize, order, firstBatch }).next();
    if (value === undefined) throw new RangeError("the generator gave fewer samples than were asked for");
    return value;
  });
}

function run({ batches: drawn, plan }: Subject, steps: number): void {
  for (let step = 0; step < steps; step++) plan.step(drawn[step % drawn.length], LEARNING_RATE);
}
