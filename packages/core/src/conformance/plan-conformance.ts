import type { KernelBackend } from "../kernel/backend.ts";
import { createKernels } from "../kernel/kernels.ts";
import { compileInference } from "../plan/compile.ts";
import type { ModelSpec } from "../plan/model-spec.ts";
import type { ModelState } from "../plan/model-state.ts";
import type { GradientListener, InferencePlan, TrainingPlan } from "../plan/plan.ts";
import { reference } from "../reference/index.ts";
import { HOSTILE_INDICES } from "./bags.ts";
import type { ConformanceCase } from "./case.ts";
import { expectNumber, expectRefusal, expectSame, watch } from "./expect.ts";
import { packedPlanModel } from "./packed-plan-model.ts";
import { expectFinalOnce, expectListenerHeeded } from "./plan-readiness.ts";
import {
  hostilePlanBatch,
  PLAN_BATCH,
  PLAN_MODELS,
  planBatches,
  planCounts,
  planParameters,
  planState,
} from "./plan-models.ts";
import {
  expectTrace,
  RATE,
  referenceTraining,
  trainingTrace,
  type Trace,
  type TraceRun,
} from "./plan-trace.ts";

const OPTIONS = { maxBatch: PLAN_BATCH } as const;

interface TrainingCheck {
  readonly name: string;
  run(plan: TrainingPlan, state: ModelState, spec: ModelSpec): void;
}

const TRAINING_CHECKS: readonly TrainingCheck[] = [
  {
    name: "losses, weights and predictions follow the reference executor",
    run(plan, state, spec) {
      expectTrace(trainingTrace(plan, state), referenceTraining(spec));
    },
  },
  splitStepCheck("forwardBackward and apply equal a step"),
  splitStepCheck("forwardBackward and apply equal a step, whoever listens", () => undefined),
  {
    name: "says of every group of gradients once that it is final, and changes it no more",
    run(plan) {
      // What an earlier batch left would pass for gradients.
      plan.forwardBackward(planBatches()[0]);
      expectFinalOnce(plan, planBatches()[1]);
    },
  },
  {
    name: "a listener that throws leaves no gradients to apply",
    run(plan) {
      expectListenerHeeded(plan, planBatches()[0]);
    },
  },
  {
    name: "apply takes the gradients that the caller left, and forwardBackward changes no weight",
    run(plan, state, spec) {
      const expectUnchanged = watch(weightArrays(state));
      plan.forwardBackward(planBatches()[0]);
      plan.sync();
      expectUnchanged();
      // A step without gradients decays weights all the same.
      if ((spec.regularization?.l2 ?? 0) > 0) return;
      const { bottom, poolingWeights, projections, tables, top } = plan.gradients;
      for (const { values } of [...tables, ...poolingWeights]) values.fill(0);
      for (const { bias, weight } of [...bottom, ...top, ...projections]) {
        bias.fill(0);
        weight.fill(0);
      }
      plan.apply(RATE);
      plan.sync();
      expectUnchanged();
    },
  },
  {
    name: "a training that goes on at step 7 without scales chooses them first",
    run(plan, state, spec) {
      state.step = 7;
      plan.reload();
      expectTrace(trainingTrace(plan, state), referenceTraining(spec, 7));
    },
  },
  {
    name: "a forwardBackward that fails leaves no gradients to apply",
    run(plan) {
      plan.forwardBackward(planBatches()[0]);
      expectRefusal("INDEX_RANGE", () => {
        plan.forwardBackward(hostilePlanBatch(-1));
      });
      expectRefusal("STATE", () => {
        plan.apply(RATE);
      });
    },
  },
  {
    name: "inference changes nothing",
    run(plan, state) {
      plan.step(planBatches()[0], RATE);
      plan.sync();
      const expectUnchanged = watch({ ...weightArrays(state), ranges: state.activationRanges });
      const twice = [new Float32Array(PLAN_BATCH), new Float32Array(PLAN_BATCH)];
      for (const dst of twice) plan.infer(planBatches()[1], dst);
      plan.sync();
      expectUnchanged();
      expectSame(twice[1], twice[0], "predictions of the second call");
    },
  },
  {
    name: "a gradient that is NaN changes nothing",
    run(plan, state) {
      plan.forwardBackward(planBatches()[0]);
      const { weight } = plan.gradients.top[plan.gradients.top.length - 1];
      weight[weight.length - 1] = Number.NaN;
      plan.sync();
      const expectUnchanged = watch({ ...planParameters(state), ...planCounts(state) });
      expectRefusal("NON_FINITE", () => {
        plan.apply(RATE);
      });
      plan.sync();
      expectUnchanged();
      expectNumber(state.step, 0, "state.step");
    },
  },
  {
    name: "reload sees weights that the caller changed",
    run(plan, state, spec) {
      plan.step(planBatches()[0], RATE);
      plan.sync();
      restore(state, spec);
      plan.reload();
      expectTrace(trainingTrace(plan, state), referenceTraining(spec));
    },
  },
  {
    name: "refuses a batch larger than maxBatch",
    run(plan) {
      const [batch] = planBatches();
      expectRefusal("LIMIT", () => {
        plan.step({ ...batch, size: PLAN_BATCH + 1 }, RATE);
      });
    },
  },
  ...HOSTILE_INDICES.map((index): TrainingCheck => {
    return {
      name: `refuses index ${index} and changes no weight`,
      run(plan, state) {
        const expectUnchanged = watch({ ...weightArrays(state), ...planCounts(state) });
        expectRefusal("INDEX_RANGE", () => {
          plan.step(hostilePlanBatch(index), RATE);
        });
        plan.sync();
        expectUnchanged();
      },
    };
  }),
];

/** Checks steps that are made in two halves, with somebody who hears what is final or without. */
function splitStepCheck(name: string, ready?: GradientListener): TrainingCheck {
  return {
    name,
    run(plan, state, spec) {
      const step: TrainingPlan["step"] = (batch, rate) => {
        const loss = plan.forwardBackward(batch, ready);
        plan.apply(rate);
        return loss;
      };
      expectTrace(trainingTrace(plan, state, step), referenceTraining(spec));
      expectNumber(state.step, planBatches().length, "state.step");
    },
  };
}

/** Names the trained arrays: scales and ranges may be refreshed where weights must not move. */
function weightArrays(state: ModelState): Readonly<Record<string, Float32Array>> {
  return Object.fromEntries(
    Object.entries(planParameters(state)).filter(
      ([name]) => !(name.endsWith("scale") || name === "activationRanges"),
    ),
  );
}

function restore(state: ModelState, spec: ModelSpec): void {
  const first = planParameters(planState(spec));
  for (const [name, array] of Object.entries(planParameters(state))) array.set(first[name]);
  for (const counts of Object.values(planCounts(state))) counts.fill(0);
  state.step = 0;
}

/** Yields a check of each plan that a backend compiles, or its skip; the plan of every case is compiled anew in `run`. */
function* planCases<Plan>(
  backend: KernelBackend,
  label: string,
  compile: () => Plan | undefined,
  checks: readonly { readonly name: string; run(plan: Plan): void }[],
): Generator<ConformanceCase> {
  let declined = false;
  try {
    declined = compile() === undefined;
  } catch {
    // The same call throws again inside `run`, where it fails a case and not the listing of all others.
  }
  for (const check of checks) {
    const name = `${label}: ${check.name}`;
    if (declined) {
      yield { name, skip: `${backend.name} compiles no such plan`, run: () => undefined };
      continue;
    }
    yield {
      name,
      run() {
        const plan = compile();
        if (plan === undefined) throw new Error("the second compilation was declined, the first was not");
        check.run(plan);
      },
    };
  }
}

function* trainingCases(backend: KernelBackend, name: string, spec: ModelSpec): Generator<ConformanceCase> {
  const compile = (): { readonly plan: TrainingPlan; readonly state: ModelState } | undefined => {
    const state = planState(spec);
    const plan = backend.plans.training?.(spec, state, OPTIONS);
    return plan === undefined ? undefined : { plan, state };
  };
  const checks = TRAINING_CHECKS.map((check) => ({
    name: check.name,
    run({ plan, state }: { readonly plan: TrainingPlan; readonly state: ModelState }): void {
      check.run(plan, state, spec);
    },
  }));
  yield* planCases(backend, `training plan, ${name}`, compile, checks);
}

function inferenceTrace(plan: InferencePlan): Trace {
  return Object.fromEntries(
    planBatches().map((batch, k) => {
      const predictions = new Float32Array(batch.size);
      plan.infer(batch, predictions);
      return [`predictions of batch ${k}`, predictions];
    }),
  );
}

const inferences = new WeakMap<ModelSpec, TraceRun>();

function referenceInference(spec: ModelSpec): TraceRun {
  const run =
    inferences.get(spec) ??
    ((kernels: KernelBackend): Trace =>
      inferenceTrace(compileInference(packedPlanModel(spec), createKernels([kernels, reference]), OPTIONS)));
  inferences.set(spec, run);
  return run;
}

function* inferenceCases(backend: KernelBackend, name: string, spec: ModelSpec): Generator<ConformanceCase> {
  const compile = (): InferencePlan | undefined => backend.plans.inference?.(packedPlanModel(spec), OPTIONS);
  const refusals = HOSTILE_INDICES.map((index) => ({
    name: `refuses index ${index}`,
    run(plan: InferencePlan): void {
      expectRefusal("INDEX_RANGE", () => {
        plan.infer(hostilePlanBatch(index), new Float32Array(PLAN_BATCH));
      });
    },
  }));
  const agrees = {
    name: "predictions follow the reference executor",
    run(plan: InferencePlan): void {
      expectTrace(inferenceTrace(plan), referenceInference(spec));
    },
  };
  yield* planCases(backend, `inference plan, ${name}`, compile, [agrees, ...refusals]);
}

/**
 * Yields every check that the fused plans of a backend must pass; a model that it does not compile is skipped.
 *
 * ```ts doctest
 * import { defineKernels } from "@dqrm/core";
 * import { planConformance } from "@dqrm/core/conformance";
 * [...planConformance(defineKernels("mine", {}))][0].skip; // => "mine compiles no such plan"
 * ```
 */
export function* planConformance(backend: KernelBackend): Generator<ConformanceCase> {
  for (const [name, spec] of Object.entries(PLAN_MODELS)) {
    yield* trainingCases(backend, name, spec);
    yield* inferenceCases(backend, name, spec);
  }
}
