import { createMemoryTransports, type PendingExchange, type Transport } from "@dqrm/comm";
import {
  allocateModelState,
  compileTraining,
  createArena,
  createKernels,
  defineKernels,
  DqrmError,
  jaggedFrom,
  reference,
  type Batch,
  type TrainingPlan,
} from "@dqrm/core";
import {
  buildModelSpec,
  createShardGradients,
  gradientCodecs,
  gradientPresets,
  modelParameters,
  presets,
  type GradientPresetName,
  type LayerSum,
} from "@dqrm/dlrm";
import { describe, expect, test } from "vitest";
import { createParallelStep } from "../../src/parallel/parallel-step.ts";
import { sendShard } from "../../src/parallel/send-shard.ts";

const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
const kernels = createKernels([reference]);

const batch: Batch = {
  size: 4,
  dense: Float32Array.from({ length: 16 }, (_, i) => i / 16),
  labels: Float32Array.of(0, 1, 1, 1),
  bags: [jaggedFrom([[1], [2], [3], [5]])],
};

type ForwardBackward = TrainingPlan["forwardBackward"];

/** Puts another backward pass into a plan. */
type Change = (plan: TrainingPlan) => ForwardBackward;

/** A worker that lists what it does: its messages, and when its backward pass goes below the top layers. */
interface Worker {
  readonly plan: TrainingPlan;
  readonly events: readonly string[];
  readonly weights: () => readonly number[];
  readonly listen: (end: Transport) => Transport;
}

function createWorker(change?: Change): Worker {
  const events: string[] = [];
  const listing = defineKernels("listing", {
    interactionBackward(shape) {
      const compute = kernels.prepare("interactionBackward", shape);
      return (...call) => {
        events.push("below the top");
        compute(...call);
      };
    },
  });
  const state = allocateModelState(spec, createArena(1 << 16));
  const layers = [...state.bottom, ...state.top];
  for (const { weight } of layers) weight.forEach((_, i) => (weight[i] = ((i % 7) - 2) / 7));
  const plan = compileTraining(spec, state, createKernels([listing, reference]), { maxBatch: 4 });
  return {
    plan: change === undefined ? plan : withBackward(plan, change(plan)),
    events,
    weights: () => [
      ...state.tables[0].weights,
      ...layers.flatMap(({ bias, weight }) => [...weight, ...bias]),
    ],
    listen: (end) => ({
      name: end.name,
      rank: end.rank,
      size: end.size,
      send(to, bytes, signal) {
        events.push("message");
        return end.send(to, bytes, signal);
      },
      receive: (from, signal) => end.receive(from, signal),
      close: () => end.close(),
    }),
  };
}

function withBackward(plan: TrainingPlan, forwardBackward: ForwardBackward): TrainingPlan {
  return {
    backend: plan.backend,
    gradients: plan.gradients,
    step: (samples, rate) => plan.step(samples, rate),
    forwardBackward,
    apply(rate) {
      plan.apply(rate);
    },
    infer(samples, dst) {
      plan.infer(samples, dst);
    },
    sync() {
      plan.sync();
    },
    reload() {
      plan.reload();
    },
  };
}

interface Settings {
  readonly codec?: GradientPresetName;
  readonly layerSum?: LayerSum;
  readonly shards?: number;
}

/** Lets two workers make a step together; says how it ended for each. */
function stepTogether(
  workers: readonly Worker[],
  { codec = "int8", layerSum = "gather", shards = 2 }: Settings = {},
): Promise<readonly PromiseSettledResult<unknown>[]> {
  const transports = createMemoryTransports(2);
  const codecs = gradientCodecs(gradientPresets[codec], kernels);
  return Promise.allSettled(
    workers.map(({ listen, plan }, rank) => {
      const transport = listen(transports[rank]);
      const context = { transport, shards, codecs, layerSum, spec, plan, kernels, seed: 1, clock: () => 0 };
      return createParallelStep(context).step(batch, { learningRate: 0.1, step: 0, stop: false });
    }),
  );
}

describe("a worker of a group", () => {
  test("sends the layers at the top before its backward pass goes below them, shard by shard", async () => {
    const workers = [createWorker(), createWorker()];

    await stepTogether(workers, { shards: 4 });

    const shard = ["message", "below the top", "message"];
    for (const { events } of workers) expect(events).toEqual([...shard, ...shard]);
  });

  test.each([
    { name: "owners sum", layerSum: "owner" },
    { name: "all share scales", codec: "paper-int8" },
  ] as const)("sends all at the end where $name", async (settings) => {
    const workers = [createWorker(), createWorker()];

    await stepTogether(workers, settings);

    for (const { events } of workers) {
      expect(events.indexOf("below the top")).toBe(0);
      expect(events.length).toBeGreaterThan(1);
    }
  });

  test("may have a plan that says nothing before its end, and gets the same weights", async () => {
    const silent = createWorker((plan) => (samples) => plan.forwardBackward(samples));
    const other = createWorker();
    const first = other.weights();

    await stepTogether([silent, other]);

    expect(silent.events).toEqual(["below the top", "message", "message"]);
    expect(silent.weights()).toEqual(other.weights());
    expect(other.weights()).not.toEqual(first);
  });

  test.each([
    { name: "a gradient below the top is no number", change: spoilBelowTop },
    { name: "the plan finds a number that is none", change: failBelowTop },
  ])("stops in the very step, as all do, when $name after the top was sent", async ({ change }) => {
    const workers = [createWorker(), createWorker(change)];
    const before = workers.map(({ weights }) => weights());

    const ends = await stepTogether(workers);

    const reason = { code: "NON_FINITE", details: { what: "loss or gradient of shard 1" } };
    expect(ends).toMatchObject([
      { status: "rejected", reason },
      { status: "rejected", reason },
    ]);
    expect(workers[1].events[0]).toBe("message");
    expect(workers.map(({ weights }) => weights())).toEqual(before);
  });
});

function spoilBelowTop(plan: TrainingPlan): ForwardBackward {
  return (samples, ready) =>
    plan.forwardBackward(samples, (groups) => {
      if (groups.includes("bottom")) plan.gradients.bottom[0].weight[0] = Number.NaN;
      ready?.(groups);
    });
}

function failBelowTop(plan: TrainingPlan): ForwardBackward {
  return (samples, ready) =>
    plan.forwardBackward(samples, (groups) => {
      if (!groups.includes("top")) {
        throw new DqrmError("NON_FINITE", { what: "a gradient", position: 0, actual: "NaN" });
      }
      ready?.(groups);
    });
}

test("a number that is none and that an encoder finds is no gradient of the plan: it ends the step at once", () => {
  const { plan } = createWorker();
  const parameters = modelParameters(spec, gradientCodecs(gradientPresets.int8, kernels));
  const store = createShardGradients(parameters);
  const sent: unknown[] = [];
  const pending: PendingExchange = {
    sendFirst() {
      throw new DqrmError("NON_FINITE", { what: "residual", position: 0, actual: "Infinity" });
    },
    send: (gradients) => sent.push(gradients),
    finish: () => Promise.reject(new Error("never asked for")),
  };

  expect(() => {
    sendShard({ plan, parameters, store, pending, share: 1 }, batch);
  }).toThrow(/residual/);
  expect(sent).toEqual([]);
});
