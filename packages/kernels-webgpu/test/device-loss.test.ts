import { Worker } from "node:worker_threads";
import { allocateModelState, createArena, isDqrmError, type ModelSpec, type ModelState } from "@dqrm/core";
import { openBridge } from "@dqrm/device-bridge";
import { connectThread } from "@dqrm/device-bridge/node";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import type { DeviceMethods } from "../src/bridge/device-methods.ts";
import { createHost } from "../src/bridge/host.ts";
import { reviveError } from "../src/bridge/revive-error.ts";
import { noDevice, workerUrl } from "./load-backend.ts";

const layer = { activation: "relu" } as const;
const spec: ModelSpec = {
  denseFeatures: 2,
  tables: [
    {
      name: "item",
      rows: 700,
      cols: 4,
      quantization: {
        kind: "fake",
        bits: 4,
        granularity: { kind: "table" },
        refresh: { kind: "every-step" },
      },
      poolingWeights: "none",
    },
  ],
  features: [{ kind: "table", table: 0, pooling: "sum" }],
  bottom: [{ inputs: 2, outputs: 4, ...layer }],
  interaction: { kind: "dot", itself: false },
  top: [{ inputs: 5, outputs: 1, activation: "none" }],
  linearQuantization: { kind: "none" },
  loss: { kind: "bce", threshold: 0, weights: [1, 1] },
  optimizer: { kind: "sgd" },
};

async function open() {
  const worker = connectThread(new Worker(await workerUrl()));
  const bridge = await openBridge<DeviceMethods>(worker, { task: {}, timeoutMs: 60_000, fail: reviveError });
  if ("unavailable" in bridge) throw new Error(bridge.unavailable);
  return { bridge, training: createBackend(createHost(bridge)).plans.training! };
}

function firstState(): ModelState {
  const state = allocateModelState(spec, createArena(1 << 14));
  state.tables[0].weights.forEach((_, i) => (state.tables[0].weights[i] = Math.sin(i)));
  for (const { weight } of [...state.bottom, ...state.top])
    weight.forEach((_, i) => (weight[i] = Math.cos(3 * i) / 2));
  return state;
}

function batch(k: number) {
  return {
    size: 3,
    dense: Float32Array.from({ length: 6 }, (_, i) => Math.sin(i + k)),
    labels: Float32Array.of(1, 0, 1),
    bags: [{ indices: Int32Array.of(k, 300 + k, k, 699), offsets: Int32Array.of(0, 2, 3, 4) }],
  };
}

test.skipIf(noDevice !== undefined)(
  "training whose device is lost fails with DEVICE, and goes on from its checkpoint with the same bits",
  async () => {
    const whole = firstState();
    const first = await open();
    const plan = first.training(spec, whole, { maxBatch: 3 })!;
    const expected = [0, 1, 2, 3].map((k) => plan.step(batch(k), 0.1));
    plan.sync();
    const state = firstState();
    const lost = first.training(spec, state, { maxBatch: 3 })!;
    const losses = [0, 1].map((k) => lost.step(batch(k), 0.1));
    lost.sync();
    const checkpoint = structuredClone(state);
    lost.step(batch(2), 0.1);

    first.bridge.call("destroy", null, []);

    let failure: unknown;
    try {
      lost.step(batch(3), 0.1);
    } catch (error) {
      failure = error;
    }
    expect(isDqrmError(failure, "DEVICE")).toBe(true);
    const second = await open();
    const resumed = second.training(spec, checkpoint, { maxBatch: 3 })!;
    losses.push(...[2, 3].map((k) => resumed.step(batch(k), 0.1)));
    resumed.sync();
    expect(losses).toEqual(expected);
    expect(checkpoint).toEqual(whole);
    await Promise.all([first.bridge.close(), second.bridge.close()]);
  },
);
