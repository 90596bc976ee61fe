import type { KernelBackend } from "../kernel/backend.ts";
import { createKernels } from "../kernel/kernels.ts";
import { compileTraining } from "../plan/compile.ts";
import type { ModelSpec } from "../plan/model-spec.ts";
import type { ModelState } from "../plan/model-state.ts";
import type { TrainingPlan } from "../plan/plan.ts";
import { reference } from "../reference/index.ts";
import { EPSILON, expectClose } from "./expect.ts";
import { noisyReference } from "./noisy-reference.ts";
import { PLAN_BATCH, planBatches, planCounts, planParameters, planState } from "./plan-models.ts";

/** Holds the numbers that a run of a plan gave, by name. */
export type Trace = Readonly<Record<string, ArrayLike<number>>>;

/** Runs something over kernels and records the numbers that it gives. */
export type TraceRun = (backend: KernelBackend) => Trace;

/** Step size of every training; large enough that codes change. */
export const RATE = 0.3;

/** Runs with noise; the largest deviation of them is taken. */
const NOISY_RUNS = 6;

/** Deviations beyond the largest seen, for the errors that no noisy run happened to draw. */
const SAFETY = 4;

/** Trains a model for a few steps; the learning rate falls, so that a plan that keeps the first one is seen. */
export function trainingTrace(
  plan: TrainingPlan,
  state: ModelState,
  step: TrainingPlan["step"] = (batch, rate) => plan.step(batch, rate),
): Trace {
  const batches = planBatches();
  const losses = batches.map((batch, k) => step(batch, RATE / (k + 1)));
  const predictions = new Float32Array(PLAN_BATCH);
  plan.infer(batches[0], predictions);
  plan.sync();
  const parameters = Object.entries({ ...planParameters(state), ...planCounts(state) }).map(
    ([name, array]) => [name, array.slice()] as const,
  );
  return { losses, predictions, ...Object.fromEntries(parameters) };
}

const trainings = new WeakMap<ModelSpec, Map<number, TraceRun>>();

/** Trains a model by the reference executor over a backend's kernels, from the step with the given number on. */
export function referenceTraining(spec: ModelSpec, firstStep = 0): TraceRun {
  const known = trainings.get(spec) ?? new Map<number, TraceRun>();
  trainings.set(spec, known);
  const run =
    known.get(firstStep) ??
    ((backend: KernelBackend): Trace => {
      const state = planState(spec);
      state.step = firstStep;
      const kernels = createKernels([backend, reference]);
      return trainingTrace(compileTraining(spec, state, kernels, { maxBatch: PLAN_BATCH }), state);
    });
  known.set(firstStep, run);
  return run;
}

/**
 * Expects a trace to stay as near to the reference's as traces of kernels that err by all that their contracts allow.
 *
 * @units bound of an array: 4 × the largest deviation of six noisy runs, and one unit in the last place
 */
export function expectTrace(actual: Trace, run: TraceRun): void {
  const expected = expectedTraces.get(run) ?? expectedTrace(run);
  expectedTraces.set(run, expected);
  for (const { bound, name, values } of expected) expectClose(actual[name], values, bound, name);
}

interface ExpectedArray {
  readonly name: string;
  readonly values: readonly number[];
  readonly bound: readonly number[];
}

/** A run always gives the same traces, and many checks compare with the same one. */
const expectedTraces = new WeakMap<TraceRun, readonly ExpectedArray[]>();

function expectedTrace(run: TraceRun): readonly ExpectedArray[] {
  const exact = run(reference);
  const noisy = Array.from({ length: NOISY_RUNS }, (_, seed) => run(noisyReference(seed)));
  return Object.entries(exact).map(([name, array]) => {
    const values = Array.from(array);
    const moved = values.map((value, i) =>
      Math.max(...noisy.map((trace) => Math.abs(trace[name][i] - value))),
    );
    const most = moved.reduce((top, m) => Math.max(top, m), 0);
    return { name, values, bound: values.map((value) => SAFETY * most + EPSILON * Math.abs(value)) };
  });
}
