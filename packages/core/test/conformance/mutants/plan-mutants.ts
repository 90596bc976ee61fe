import {
  compileInference,
  compileTraining,
  createKernels,
  defineKernels,
  GRADIENT_GROUPS,
  reference,
  type Batch,
  type KernelBackend,
  type KernelFactories,
  type ModelSpec,
  type ModelState,
  type PackedModel,
  type TrainingPlan,
} from "../../../src/index.ts";
import { correct } from "./mutant.ts";

/** A backend with fused plans, one of them with one fault. */
export interface PlanMutant {
  readonly name: string;
  readonly backend: KernelBackend;
}

const exact = createKernels([reference]);

/** Compiles plans out of kernels of which some are wrong. */
function withKernels(name: string, ops: KernelFactories): PlanMutant {
  const kernels = createKernels([defineKernels(name, ops), reference]);
  return {
    name,
    backend: defineKernels(
      name,
      {},
      {
        training: (spec, state, options) => compileTraining(spec, state, kernels, options),
        inference: (model, options) => compileInference(model, kernels, options),
      },
    ),
  };
}

/** Gives a plan the methods of another as its own, so that a copy has them too. */
function delegate(plan: TrainingPlan): TrainingPlan {
  return {
    backend: plan.backend,
    gradients: plan.gradients,
    step: (batch, rate) => plan.step(batch, rate),
    forwardBackward: (batch, ready) => plan.forwardBackward(batch, ready),
    apply: (rate) => {
      plan.apply(rate);
    },
    infer: (batch, dst) => {
      plan.infer(batch, dst);
    },
    sync: () => {
      plan.sync();
    },
    reload: () => {
      plan.reload();
    },
  };
}

/** Compiles right plans and changes one method. */
function withTraining(
  name: string,
  change: (plan: TrainingPlan, state: ModelState) => Partial<TrainingPlan>,
): PlanMutant {
  return {
    name,
    backend: defineKernels(
      name,
      {},
      {
        training: (spec, state, options) => {
          const plan = compileTraining(spec, state, exact, options);
          return { ...delegate(plan), ...change(plan, state) };
        },
      },
    ),
  };
}

/** Compiles another model than the one asked for. */
export function withSpec(name: string, change: (spec: ModelSpec) => ModelSpec): PlanMutant {
  return {
    name,
    backend: defineKernels(
      name,
      {},
      {
        training: (spec, state, options) => compileTraining(change(spec), state, exact, options),
      },
    ),
  };
}

export function withModel(name: string, change: (model: PackedModel) => PackedModel): PlanMutant {
  return {
    name,
    backend: defineKernels(
      name,
      {},
      {
        inference: (model, options) => compileInference(change(model), exact, options),
      },
    ),
  };
}

/** Fused plans without a fault: the executor itself, as a plan. */
export const rightPlans: KernelBackend = withKernels("executor", {}).backend;

export const planMutants: readonly PlanMutant[] = [
  withKernels("forgets the bias", {
    linear: (spec) => (x, weight, bias, y, begin, end) => {
      correct("linear", spec)(x, weight, new Float32Array(bias.length), y, begin, end);
    },
  }),
  withKernels("rounds halves away from zero by a hair", {
    embeddingBagFakeQuant: (spec) => (table, rows, scale, bags, dst, begin, end) => {
      const coarse = scale.map((s) => s * (1 + 2 ** -12));
      correct("embeddingBagFakeQuant", spec)(table, rows, coarse, bags, dst, begin, end);
    },
  }),
  withKernels("sums where the mean is meant", {
    embeddingBag: (spec) => correct("embeddingBag", { ...spec, pooling: "sum" }),
  }),
  withKernels("reads levels of a hair too high a top", {
    fakeQuantizeRows: (spec) => (src, scale, bias, dst, begin, end) => {
      const top = spec.scheme === "symmetric" ? scale : scale.map((s) => s * (1 + 2 ** -12));
      correct("fakeQuantizeRows", spec)(src, top, bias, dst, begin, end);
    },
  }),
  withKernels("never lowers a scale", {
    rangeAbsmax: (spec) => {
      let most = 0;
      return (table, rows, range) => {
        most = Math.max(most, correct("rangeAbsmax", spec)(table, rows, range));
        return most;
      };
    },
  }),
  withKernels("does not scale the gradient of a mean bag", {
    embeddingBagBackward: (spec) => correct("embeddingBagBackward", { ...spec, pooling: "sum" }),
  }),
  withTraining("reads the first learning rate for ever", (plan) => {
    let first = 0;
    return {
      step(batch, rate) {
        first = first === 0 ? rate : first;
        return plan.step(batch, first);
      },
    };
  }),
  withTraining("keeps the gradients of the batch before a refused one", (plan) => {
    let last: Batch | undefined;
    return {
      forwardBackward(batch, ready) {
        try {
          const loss = plan.forwardBackward(batch, ready);
          last = batch;
          return loss;
        } catch (error) {
          if (last !== undefined) plan.forwardBackward(last);
          throw error;
        }
      },
    };
  }),
  {
    name: "waits for the period of a table that has no scale",
    backend: defineKernels(
      "waiting",
      {},
      {
        training: (spec, state, options) => {
          const plan = compileTraining(spec, state, exact, options);
          return {
            ...delegate(plan),
            step(batch, rate) {
              state.tables.forEach(({ scale }, t) => {
                if (spec.tables[t].quantization.kind === "none") return;
                if (scale[0] === 0 && state.step > 0) scale[0] = 1;
              });
              return plan.step(batch, rate);
            },
          };
        },
      },
    ),
  },
  withTraining("takes the sum of the losses", (plan) => ({
    step: (batch, rate) => batch.size * plan.step(batch, rate),
  })),
  withTraining("applies in forwardBackward already", (plan) => ({
    forwardBackward(batch, ready) {
      const loss = plan.step(batch, 0.1);
      plan.forwardBackward(batch, ready);
      return loss;
    },
  })),
  withTraining("says that gradients are final before it computes them", (plan) => ({
    forwardBackward(batch, ready) {
      ready?.(GRADIENT_GROUPS);
      return plan.forwardBackward(batch);
    },
  })),
  withTraining("never says that gradients are final", (plan) => ({
    forwardBackward: (batch) => plan.forwardBackward(batch),
  })),
  withTraining("forgets to say that the rest is final", (plan) => ({
    forwardBackward: (batch, ready) =>
      plan.forwardBackward(batch, (groups) => {
        if (groups.includes("top")) ready?.(groups);
      }),
  })),
  withTraining("says again at its end what it has said", (plan) => ({
    forwardBackward(batch, ready) {
      const loss = plan.forwardBackward(batch, ready);
      ready?.(GRADIENT_GROUPS);
      return loss;
    },
  })),
  withTraining("computes half a batch when somebody listens", (plan) => ({
    forwardBackward(batch, ready) {
      const part = ready === undefined ? batch : { ...batch, size: Math.ceil(batch.size / 2) };
      return plan.forwardBackward(part, ready);
    },
  })),
  withTraining("goes on when a listener throws", (plan) => ({
    forwardBackward: (batch, ready) =>
      plan.forwardBackward(batch, (groups) => {
        try {
          ready?.(groups);
        } catch {
          // The fault.
        }
      }),
  })),
  withTraining("keeps the gradients of a batch whose listener threw", (plan) => ({
    forwardBackward(batch, ready) {
      const loss = plan.forwardBackward(batch);
      ready?.(GRADIENT_GROUPS);
      return loss;
    },
  })),
  withTraining("drops the last sample of a short batch", (plan) => ({
    step: (batch, rate) => plan.step(batch.size === 2 ? { ...batch, size: 1 } : batch, rate),
  })),
  withTraining("accepts a batch of any size", (plan) => ({
    step: (batch, rate) => plan.step({ ...batch, size: Math.min(batch.size, 7) }, rate),
  })),
  withTraining("wraps hostile indices", (plan) => ({
    step(batch, rate) {
      const bags = batch.bags.map((bag) => ({
        ...bag,
        indices: bag.indices.map((i) => (i < 0 || i > 10 ? 0 : i)),
      }));
      return plan.step({ ...batch, bags }, rate);
    },
  })),
  withTraining("reloads nothing", () => ({ reload: () => undefined })),
  withTraining("trains while it infers", (plan) => ({
    infer(batch, dst) {
      plan.infer(batch, dst);
      plan.step(batch, 1e-3);
    },
  })),
  {
    name: "applies a NaN",
    backend: defineKernels(
      "applies a NaN",
      {},
      {
        training: (spec, state, options) => {
          const plan = compileTraining(spec, state, exact, options);
          return {
            ...delegate(plan),
            apply(rate) {
              for (const { weight } of plan.gradients.top)
                weight.forEach((g, i) => (weight[i] = g - g === 0 ? g : 0));
              plan.apply(rate);
            },
          };
        },
      },
    ),
  },
  withSpec("forgets the quantization of tables", (spec) => ({
    ...spec,
    tables: spec.tables.map((table) => ({ ...table, quantization: { kind: "none" } as const })),
  })),
  withSpec("refreshes every scale at every step", (spec) => ({
    ...spec,
    tables: spec.tables.map((table) =>
      "refresh" in table.quantization
        ? { ...table, quantization: { ...table.quantization, refresh: { kind: "every-step" } as const } }
        : table,
    ),
  })),
  withSpec("learns no step", (spec) => ({
    ...spec,
    tables: spec.tables.map((table) =>
      table.quantization.kind === "learned-step"
        ? { ...table, quantization: { ...table.quantization, step: { kind: "relative", rate: 0 } as const } }
        : table,
    ),
  })),
  withSpec("cuts no weight below a threshold", (spec) => ({
    ...spec,
    tables: spec.tables.map((table) =>
      table.quantization.kind === "dead-zone"
        ? { ...table, quantization: { ...table.quantization, threshold: { kind: "absolute", value: 0 } } }
        : table,
    ),
  })),
  withSpec("spaces the levels above a threshold equally", (spec) => ({
    ...spec,
    tables: spec.tables.map((table) =>
      table.quantization.kind === "dead-zone"
        ? { ...table, quantization: { ...table.quantization, levels: "uniform" } }
        : table,
    ),
  })),
  withTraining("counts no touches", (plan, state) => ({
    step(batch, rate) {
      const before = state.tables.map(({ touches }) => touches.slice());
      const loss = plan.step(batch, rate);
      state.tables.forEach(({ touches }, t) => {
        touches.set(before[t]);
      });
      return loss;
    },
  })),
  withSpec("maps every table onto the unit range", (spec) => ({
    ...spec,
    tables: spec.tables.map((table) =>
      table.quantization.kind === "dorefa"
        ? { ...table, quantization: { ...table.quantization, range: "unit" as const } }
        : table,
    ),
  })),
  withSpec("forgets the threshold", (spec) => ({ ...spec, loss: { ...spec.loss, threshold: 0 } })),
  withSpec("uses a smaller epsilon", (spec) =>
    spec.optimizer.kind === "sgd" ? spec : { ...spec, optimizer: { ...spec.optimizer, epsilon: 0.0099 } },
  ),
  withSpec("does not train pooling weights", (spec) => ({
    ...spec,
    tables: spec.tables.map((table) =>
      table.poolingWeights === "learned" ? { ...table, poolingWeights: "fixed" as const } : table,
    ),
  })),
  withModel("serves tables in the wrong order", (model) => ({
    ...model,
    tables: [...model.tables].reverse(),
  })),
  withModel("serves another scale", (model) => ({
    ...model,
    tables: model.tables.map((table) =>
      table instanceof Float32Array ? table : { ...table, scale: table.scale.map((s) => s * (1 + 2 ** -12)) },
    ),
  })),
];
