import assert from "node:assert/strict";
import { isMainThread, Worker } from "node:worker_threads";
import { openBridge, serveBridge } from "@dqrm/device-bridge";
import { connectThread, threadPort } from "@dqrm/device-bridge/node";

if (isMainThread) {
  const worker = connectThread(new Worker(new URL(import.meta.url)));
  const fail = ({ message }) => new Error(message);
  const bridge = await openBridge(worker, { task: 2, timeoutMs: 20_000, fail });
  const dst = new Float32Array(2);

  const numbers = bridge.call("scale", Float32Array.of(1, 3), [dst]);

  assert.deepEqual([...dst], [2, 6]);
  assert.deepEqual(numbers, [4]);
} else {
  serveBridge(threadPort(), async (by) => ({
    methods: {
      scale: async (values) => ({ numbers: [2 * by], arrays: [values.map((value) => by * value)] }),
    },
  }));
}
