import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { afterAll, expect, test, vi } from "vitest";
import { openBridge, type Bridge, type BridgeFailure, type BridgeWorker } from "../src/index.ts";
import { connectThread } from "../src/node/index.ts";
import { bundleWorker } from "./bundle.ts";
import type { CountingMethods } from "./counting-worker.ts";

const url = await bundleWorker("counting-worker.ts");
const opened: Bridge<CountingMethods>[] = [];

/** Wakes whoever waits on the memory that it is sent, for a while. */
const WAKER = `
const { parentPort } = require("node:worker_threads");
parentPort.on("message", (memory) => {
  const words = new Int32Array(memory);
  for (const end = Date.now() + 150; Date.now() < end; ) Atomics.notify(words, 0);
});
`;

class BridgeError extends Error {
  readonly failure: BridgeFailure;

  constructor(failure: BridgeFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

const fail = (failure: BridgeFailure): Error => new BridgeError(failure);

async function open(task: unknown = "go", timeoutMs = 30_000) {
  return openBridge<CountingMethods>(connectThread(new Worker(url)), { task, timeoutMs, fail });
}

async function ready(timeoutMs?: number): Promise<Bridge<CountingMethods>> {
  const bridge = await open("go", timeoutMs);
  if ("unavailable" in bridge) throw new Error(bridge.unavailable);
  opened.push(bridge);
  return bridge;
}

afterAll(async () => {
  await Promise.all(opened.map((bridge) => bridge.close()));
});

function failureOf(call: () => unknown): BridgeFailure {
  try {
    call();
  } catch (error) {
    if (error instanceof BridgeError) return error.failure;
    throw error;
  }
  throw new Error("the call returned");
}

test("a call waits for the answer and writes it to where the caller wants it", async () => {
  const { call } = await ready();
  const dst = new Float32Array(4).fill(9);

  const numbers = call("scale", { by: 2, values: Float32Array.of(1, -3) }, [dst.subarray(1, 3)]);

  expect([...dst]).toEqual([9, 2, -6, 9]);
  expect(numbers.slice(1)).toEqual([Number.NaN, -0]);
});

test("a view of a large buffer goes over alone, and stays with the caller", async () => {
  const { call } = await ready();
  const large = new Float32Array(1000).fill(3);

  const [bytes] = call("scale", { by: 1, values: large.subarray(7, 9) }, [new Float32Array(2)]);

  expect(bytes).toBe(8);
  expect(large.length).toBe(1000);
});

test("an answer larger than every one before it comes whole", async () => {
  const { call } = await ready();

  for (const length of [1, 300_000, 2]) {
    const [bytes, word] = [new Uint8Array(length), new Int32Array(1)] as const;
    call("fill", { length }, [bytes, word]);
    expect(bytes.every((byte) => byte === 7)).toBe(true);
    expect([...word]).toEqual([-5]);
  }
});

test("a call that is woken before the answer waits on: a worker may still be telling of the call before", async () => {
  const waker = new Worker(WAKER, { eval: true });
  await once(waker, "online");
  const worker = connectThread(new Worker(url));
  const woken: BridgeWorker = {
    ...worker,
    post(message, transfer) {
      if (typeof message === "object" && message !== null && "reply" in message)
        waker.postMessage(message.reply);
      worker.post(message, transfer);
    },
  };
  const bridge = await openBridge<CountingMethods>(woken, { task: "go", timeoutMs: 30_000, fail });
  if ("unavailable" in bridge) throw new Error(bridge.unavailable);
  opened.push(bridge);

  const numbers = bridge.call("sleep", 300, []);

  expect(numbers).toEqual([300]);
  await waker.terminate();
});

test("a method's failure comes with its name, code and details, and the next call is served", async () => {
  const { call } = await ready();

  const failure = failureOf(() => call("fail", null, []));

  expect(failure).toEqual({
    name: "CodedError",
    message: "as asked",
    code: "TOO_FAR",
    details: { position: 3 },
  });
  expect(call("fill", { length: 1 }, [new Uint8Array(1), new Int32Array(1)])).toEqual([]);
});

test("an answer that does not fit is a failure", async () => {
  const { call } = await ready();

  const failure = failureOf(() => call("answerTooMuch", null, [new Uint8Array(2)]));

  expect(failure.message).toBe("a method answered arrays of [3] bytes, expected [2]");
});

test("a worker that is silent too long is given up for good", async () => {
  const { call } = await ready(50);

  const first = failureOf(() => call("sleep", 400, []));
  const second = failureOf(() => call("sleep", 0, []));

  expect([first.message, second.message]).toEqual([
    "sleep: the worker did not answer within 50 ms",
    "sleep: the worker did not answer within 50 ms",
  ]);
});

test("a closed bridge says so", async () => {
  const bridge = await ready();

  await bridge.close();

  expect(failureOf(() => bridge.call("sleep", 0, [])).message).toBe("sleep: the bridge is closed");
});

test.each([
  ["decline", "told to decline"],
  ["throw", "could not open"],
])("a worker told to %s is unavailable", async (task, unavailable) => {
  expect(await open(task)).toEqual({ unavailable });
});

test("a worker that ends, or that is none of ours, is unavailable", async () => {
  const strange = 'require("node:worker_threads").parentPort.once("message", () => process.exit(0))';
  const other =
    'require("node:worker_threads").parentPort.on("message", (m) => process.emitWarning, 0); require("node:worker_threads").parentPort.postMessage(5)';

  const found = await Promise.all(
    [strange, other].map((source) => {
      const worker = connectThread(new Worker(source, { eval: true }));
      return openBridge<CountingMethods>(worker, { task: 0, timeoutMs: 100, fail });
    }),
  );

  expect(found).toEqual([
    { unavailable: "Error: the worker ended before it was ready" },
    { unavailable: "the worker is no end of a bridge" },
  ]);
});

test("a host that shares no memory has no bridge", async () => {
  vi.stubGlobal("SharedArrayBuffer", undefined);
  try {
    const found = await open();
    expect(found).toEqual({
      unavailable: "this host shares no memory: a page has to be cross-origin isolated",
    });
  } finally {
    vi.unstubAllGlobals();
  }
});

test("a process with an open bridge ends by itself", async () => {
  const source = `
    import { Worker } from "node:worker_threads";
    import { openBridge } from "@dqrm/device-bridge";
    import { connectThread } from "@dqrm/device-bridge/node";
    const worker = connectThread(new Worker(new URL(${JSON.stringify(url.href)}), { execArgv: [] }));
    const bridge = await openBridge(worker, { task: 0, timeoutMs: 9000, fail: (f) => new Error(f.message) });
    bridge.call("sleep", 5, []);
    console.log("called");`;

  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: import.meta.dirname,
  });

  expect(stdout).toBe("called\n");
});
