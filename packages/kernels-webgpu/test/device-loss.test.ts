import { Worker } from "node:worker_threads";
import { isDqrmError } from "@dqrm/core";
import { openBridge } from "@dqrm/device-bridge";
import { connectThread } from "@dqrm/device-bridge/node";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import type { DeviceMethods } from "../src/bridge/device-methods.ts";
import { createHost } from "../src/bridge/host.ts";
import { reviveError } from "../src/bridge/revive-error.ts";
import { noDevice, workerUrl } from "./load-backend.ts";
import { batchOf, firstState, spec } from "./small-model.ts";

async function open() {
  const worker = connectThread(new Worker(await workerUrl()));
  const bridge = await openBridge<DeviceMethods>(worker, { task: {}, timeoutMs: 60_000, fail: reviveError });
  if ("unavailable" in bridge) throw new Error(bridge.unavailable);
  return { bridge, training: createBackend(createHost(bridge)).plans.training! };
}

test.skipIf(noDevice !== undefined)(
  "training whose device is lost fails with DEVICE, and goes on from its checkpoint with the same bits",
  async () => {
    const whole = firstState();
    const first = await open();
    const plan = first.training(spec, whole, { maxBatch: 3 })!;
    const expected = [0, 1, 2, 3].map((k) => plan.step(batchOf(k), 0.1));
    plan.sync();
    const state = firstState();
    const lost = first.training(spec, state, { maxBatch: 3 })!;
    const losses = [0, 1].map((k) => lost.step(batchOf(k), 0.1));
    lost.sync();
    const checkpoint = structuredClone(state);
    lost.step(batchOf(2), 0.1);

    first.bridge.call("destroy", null, []);

    let failure: unknown;
    try {
      lost.step(batchOf(3), 0.1);
    } catch (error) {
      failure = error;
    }
    expect(isDqrmError(failure, "DEVICE")).toBe(true);
    const second = await open();
    const resumed = second.training(spec, checkpoint, { maxBatch: 3 })!;
    losses.push(...[2, 3].map((k) => resumed.step(batchOf(k), 0.1)));
    resumed.sync();
    expect(losses).toEqual(expected);
    expect(checkpoint).toEqual(whole);
    await Promise.all([first.bridge.close(), second.bridge.close()]);
  },
);
