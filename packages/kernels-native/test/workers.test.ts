import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { platformKey } from "../src/node/platform.ts";
import { loadUnderTest } from "./native-under-test.ts";

const binary =
  process.env["DQRM_NATIVE_BINARY"] ??
  fileURLToPath(new URL(`../build/${platformKey()}/dqrm.node`, import.meta.url));

/** Loads the addon of its own, works on memory of all, and keeps a pool of threads until it ends. */
const PROGRAM = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { binary, shared, first, count } = workerData;
  const addon = require(binary);
  const pool = addon.createPool(2);
  const kernels = addon.open("portable");
  const src = new Float32Array(shared);
  let peak = 0;
  for (let i = 0; i < 1000; i++) peak = kernels.absmax(src, first, first + count);
  parentPort.postMessage([peak, addon.poolThreads(pool) >= 1]);
`;

const loaded = await loadUnderTest({ threads: 1 });

test.skipIf("unavailable" in loaded)(
  "worker threads load the addon beside each other, use shared memory, and end",
  async () => {
    const shared = new SharedArrayBuffer(4 * 4000);
    new Float32Array(shared).forEach((_, i, all) => (all[i] = i));

    const workers = [0, 1000, 2000, 3000].map(
      (first) => new Worker(PROGRAM, { eval: true, workerData: { binary, shared, first, count: 1000 } }),
    );
    const answers = await Promise.all(
      workers.map(async (worker) => {
        // Both at once: a busy thread may hear of the message and of the end in one breath.
        const events: unknown[][] = await Promise.all([once(worker, "message"), once(worker, "exit")]);
        return events.flat();
      }),
    );

    expect(answers).toEqual([999, 1999, 2999, 3999].map((peak) => [[peak, true], 0]));
  },
);
