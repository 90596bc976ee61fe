import { setImmediate } from "node:timers/promises";
import { createRowGradient, DqrmError } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import {
  createDenseSink,
  createExchange,
  createMemoryTransports,
  createMessageSchema,
  MAX_TIMEOUT_MS,
  rowCodec,
  sayFailure,
  watched,
  type StartTimer,
  type Transport,
} from "../src/index.ts";

/** Timers that expire when the test says so. */
function createTimers(): { readonly startTimer: StartTimer; expire(): void; readonly running: () => number } {
  const expiries = new Set<() => void>();
  return {
    startTimer: (_, expired) => {
      expiries.add(expired);
      return () => expiries.delete(expired);
    },
    expire() {
      for (const expired of [...expiries]) expired();
    },
    running: () => expiries.size,
  };
}

function watchedPair(): {
  readonly ends: readonly Transport[];
  readonly timers: ReturnType<typeof createTimers>;
} {
  const timers = createTimers();
  const ends = createMemoryTransports(2).map((end) =>
    watched(end, { timeoutMs: 3000, startTimer: timers.startTimer }),
  );
  return { ends, timers };
}

describe("a watched transport", () => {
  test("names the rank that is silent for too long, and consumes nothing", async () => {
    const { ends, timers } = watchedPair();

    const waiting = ends[0].receive(1);
    timers.expire();

    await expect(waiting).rejects.toThrow("rank 1: receive: silence, expected a message within 3000 ms");
    await ends[1].send(0, Uint8Array.of(4));
    expect([...(await ends[0].receive(1))]).toEqual([4]);
  });

  test("names the rank that has closed", async () => {
    const { ends } = watchedPair();

    const waiting = ends[0].receive(1);
    await ends[1].close();

    await expect(waiting).rejects.toMatchObject({ code: "PEER", details: { peer: 1, op: "receive" } });
    await expect(ends[0].send(1, Uint8Array.of(1))).rejects.toMatchObject({
      code: "PEER",
      details: { peer: 1, op: "send", actual: "rank 1 is closed" },
    });
  });

  test("takes an end that closed itself, or a call that was given up, for no lost peer", async () => {
    const { ends } = watchedPair();
    const giving = new AbortController();

    const given = ends[0].receive(1, giving.signal);
    giving.abort(new Error("enough"));
    const own = ends[0].receive(1);
    await ends[0].close();

    await expect(given).rejects.toMatchObject({ code: "STATE", cause: { message: "enough" } });
    await expect(own).rejects.toMatchObject({ code: "STATE" });
  });

  test("leaves no timer running behind calls that have ended", async () => {
    const { ends, timers } = watchedPair();

    await ends[1].send(0, Uint8Array.of(1));
    await ends[0].receive(1);
    const waiting = ends[0].receive(1);
    expect(timers.running()).toBe(1);
    await ends[1].close();
    await expect(waiting).rejects.toThrow();

    expect(timers.running()).toBe(0);
  });

  test.each([0, -1, Number.NaN, MAX_TIMEOUT_MS + 1])("refuses to wait %s milliseconds", (timeoutMs) => {
    const [end] = createMemoryTransports(1);

    expect(() => watched(end, { timeoutMs, startTimer: () => () => undefined })).toThrow(/timeoutMs/);
  });

  test("names the rank that another one lost, and the reason of one that failed", async () => {
    const [first, second, third] = createMemoryTransports(3).map((end) =>
      watched(end, { timeoutMs: Infinity, startTimer: createTimers().startTimer }),
    );
    const details = { peer: 2, step: 4, op: "receive", expected: "a message", actual: "silence" };

    await sayFailure(second, new DqrmError("PEER", details));
    await sayFailure(third, new Error("no room\nleft \u2713"));

    await expect(first.receive(1)).rejects.toThrow("rank 2: receive: silence, expected a message");
    await expect(first.receive(2)).rejects.toThrow(
      "rank 2: receive: it failed: no room?left ?, expected a message",
    );
  });

  test.each([
    ["too short", [0x44, 0x51, 0x47, 0x58, 0, 0, 0]],
    ["of a rank that is none", [0x44, 0x51, 0x47, 0x58, 9, 0, 0, 0, 0x41]],
    ["too long", [0x44, 0x51, 0x47, 0x58, 0, 0, 0, 0, ...new Array<number>(4097).fill(0x41)]],
    ["of another kind", [0x44, 0x51, 0x47, 0x31, 0, 0, 0, 0, 0x41]],
  ])("takes a message that is %s for data", async (_, bytes) => {
    const { ends } = watchedPair();

    await ends[1].send(0, Uint8Array.from(bytes));

    expect([...(await ends[0].receive(1))]).toEqual(bytes);
  });

  test("lets an exchange say at which step a peer was lost", async () => {
    const { ends, timers } = watchedPair();
    const codec = rowCodec({
      values: "float32",
      scale: { kind: "tensor" },
      rounding: "nearest",
      entropy: false,
    });
    const schema = createMessageSchema([{ name: "items", rows: 10, cols: 1, codec }]);
    const exchange = createExchange({ transport: ends[0], schema, shards: 2, seed: 1 });
    const sum = new Float32Array(10);

    const stepping = exchange.step(17, [[createRowGradient(1, 0)]], [createDenseSink(sum, 10, 1)]);
    // Until it waits for the peer.
    await setImmediate();
    timers.expire();

    await expect(stepping).rejects.toThrow(
      "rank 1 at step 17: exchange of gradients: silence, expected a message within 3000 ms",
    );
  });
});
