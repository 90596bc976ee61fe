import {
  BLOCK_ROWS,
  compileTraining,
  createKernels,
  reference,
  symmetricScale,
  type Batch,
  type TableState,
} from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { startWorker } from "../src/node/start-worker.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { wideBatches, wideModel, wideState } from "./wide-model.ts";

const STEPS = 400;
const SIZE = 16;
const COLS = 16;
const BITS = 4;
const RATE = 0.05;

const everyStep = {
  kind: "fake",
  bits: BITS,
  granularity: { kind: "table" },
  refresh: { kind: "every-step" },
} as const;

const runtime = await createRuntime<TrainingExports>({
  module: trainingModule,
  threads: 2,
  startWorker,
  maximumPages: 1 << 12,
});
const kernels = createKernels([createBackend(runtime), reference]);

function peak(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Tells what is wrong with a range: a clean leaf is exact, a dirty one a bound, a node the larger of its children. */
function rangeFault({ range, weights }: TableState, rows: number): string | undefined {
  const { dirty, leaves, tree } = range;
  for (let block = 0; block < dirty.length; block++) {
    const last = Math.min(rows, (block + 1) * BLOCK_ROWS);
    const exact = peak(weights.subarray(block * BLOCK_ROWS * COLS, last * COLS));
    const leaf = tree[leaves + block];
    if (dirty[block] === 0 ? leaf !== exact : leaf < exact) return `leaf ${block} is ${leaf}, peak ${exact}`;
  }
  for (let node = 1; node < leaves; node++) {
    const larger = Math.max(tree[2 * node], tree[2 * node + 1]);
    if (tree[node] !== larger) return `node ${node} is ${tree[node]}, children ${larger}`;
  }
  return undefined;
}

test("the scales of 10,400 table-steps are those of a full scan, and the ranges stay valid", () => {
  const spec = wideModel(everyStep, { kind: "sgd" });
  const state = wideState(spec, kernels.createArena(1 << 20));
  const plan = compileTraining(spec, state, kernels, { maxBatch: SIZE });
  const batches = wideBatches(spec, 20, SIZE);
  const one: Batch = { ...batches[0], size: 1 };
  const wrong: string[] = [];
  let rises = 0;
  let falls = 0;

  for (let step = 0; step < STEPS; step++) {
    const before = state.tables.map(({ scale }) => scale[0]);
    plan.step(batches[step % batches.length], RATE);
    plan.infer(one, new Float32Array(1));
    plan.sync();
    state.tables.forEach((table, t) => {
      const expected = symmetricScale(peak(table.weights), BITS);
      if (table.scale[0] !== expected)
        wrong.push(`step ${step} table ${t}: ${table.scale[0]}, not ${expected}`);
      const fault = rangeFault(table, spec.tables[t].rows);
      if (table.scale[0] > before[t]) rises++;
      if (table.scale[0] < before[t]) falls++;
      if (fault !== undefined) wrong.push(`step ${step} table ${t}: ${fault}`);
    });
  }

  expect(plan.backend).toBe("wasm");
  expect(wrong).toEqual([]);
  // The test means little unless peaks move both ways, many times.
  expect(rises).toBeGreaterThan(STEPS);
  expect(falls).toBeGreaterThan(STEPS);
});
