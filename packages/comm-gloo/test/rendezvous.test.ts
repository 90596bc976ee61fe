import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { CancelSignal } from "@dqrm/comm";
import { describe, expect, test } from "vitest";
import { createEnding } from "../src/node/rendezvous/ending.ts";
import { encodeFrame, MAX_BODY_BYTES, PROTOCOL_VERSION } from "../src/node/rendezvous/frame.ts";
import { MAX_STRANGERS } from "../src/node/rendezvous/gather.ts";
import { meet } from "../src/node/rendezvous/meet.ts";
import { freePort } from "./gloo-under-test.ts";

interface Coming {
  readonly rank: number;
  readonly size: number;
  readonly port: number;
  readonly timeoutMs?: number;
  readonly signal?: CancelSignal;
}

/** Lets a rank come to the meeting; its address for rank r is [own rank, r]. */
async function come({ port, rank, size, timeoutMs = 5_000, signal }: Coming): Promise<readonly number[][]> {
  const ending = createEnding(signal === undefined ? { timeoutMs } : { timeoutMs, signal });
  const offer = (): readonly Uint8Array[] => Array.from({ length: size }, (_, to) => Uint8Array.of(rank, to));
  try {
    const met = await meet({ rank, size, address: { host: "127.0.0.1", port }, ending, offer });
    return met.map((bytes) => [...bytes]);
  } finally {
    ending.stop();
  }
}

/** Connects to a port as soon as somebody listens there. */
async function knock(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect({ host: "127.0.0.1", port });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    });
    if (isOpen) return socket;
    await wait(20);
  }
}

const expectedFor = (rank: number, size: number): readonly number[][] =>
  Array.from({ length: size }, (_, from) => [from, rank]);

describe("the rendezvous", () => {
  test("gives every rank what every other offers it, in whatever order they come", async () => {
    const port = await freePort();
    const ranks = [3, 1, 0, 2];

    const met = await Promise.all(
      ranks.map(async (rank, order) => {
        await wait(order * 50);
        return come({ rank, size: 4, port });
      }),
    );

    expect(met).toEqual(ranks.map((rank) => expectedFor(rank, 4)));
  });

  test("names a rank that does not come, at every rank that came", async () => {
    const port = await freePort();

    const results = await Promise.allSettled(
      [0, 1].map((rank) => come({ rank, size: 3, port, timeoutMs: 400 })),
    );

    for (const result of results) {
      expect(result).toMatchObject({
        status: "rejected",
        reason: { code: "PEER", details: { peer: 2, actual: "it did not come" } },
      });
    }
  });

  test("names rank 0 when nobody listens", async () => {
    const port = await freePort();

    const met = come({ rank: 1, size: 2, port, timeoutMs: 300 });

    await expect(met).rejects.toMatchObject({ code: "PEER", details: { peer: 0 } });
  });

  test("ends at every rank when one is of a group of another size", async () => {
    const port = await freePort();
    const members = [0, 1].map((rank) => come({ rank, size: 3, port }));

    const other = come({ rank: 2, size: 4, port });

    for (const result of await Promise.allSettled([...members, other])) {
      expect(result).toMatchObject({
        status: "rejected",
        reason: { code: "PEER", details: { peer: 2, actual: "it is of a group of 4" } },
      });
    }
  });

  test("ends when a rank is of another version", async () => {
    const port = await freePort();
    const met = come({ rank: 0, size: 2, port });

    const socket = await knock(port);
    socket.write(encodeFrame({ version: 99, rank: 1, size: 2, kind: "hello", body: new Uint8Array(0) }));

    await expect(met).rejects.toMatchObject({
      code: "PEER",
      details: { peer: 1, actual: "version 99 of the rendezvous" },
    });
    socket.destroy();
  });

  test("turns a second process of the same rank away, and goes on without it", async () => {
    const port = await freePort();
    const members = [come({ rank: 0, size: 3, port }), come({ rank: 1, size: 3, port })];
    await wait(300);

    await expect(come({ rank: 1, size: 3, port })).rejects.toMatchObject({
      code: "PEER",
      details: { peer: 1, actual: "two processes say that they are this rank" },
    });

    members.push(come({ rank: 2, size: 3, port }));
    expect(await Promise.all(members)).toEqual([0, 1, 2].map((rank) => expectedFor(rank, 3)));
  });

  test("lets a rank come again whose first process ended", async () => {
    const port = await freePort();
    const first = come({ rank: 0, size: 3, port });
    const signal = new AbortController();
    const lost = come({ rank: 1, size: 3, port, signal: signal.signal });
    await wait(200);
    signal.abort(new Error("killed"));
    await expect(lost).rejects.toMatchObject({ code: "STATE" });
    await wait(50);

    const met = await Promise.all([
      first,
      come({ rank: 1, size: 3, port }),
      come({ rank: 2, size: 3, port }),
    ]);

    expect(met).toEqual([0, 1, 2].map((rank) => expectedFor(rank, 3)));
  });

  test("is given up by a signal", async () => {
    const signal = new AbortController();
    const met = come({ rank: 0, size: 2, port: await freePort(), signal: signal.signal });

    signal.abort(new Error("stop"));

    await expect(met).rejects.toMatchObject({ code: "STATE", cause: { message: "stop" } });
  });
});

const huge = encodeFrame({
  version: PROTOCOL_VERSION,
  rank: 1,
  size: 2,
  kind: "hello",
  body: new Uint8Array(0),
});
new DataView(huge.buffer).setUint32(20, 2 ** 32 - 1);

const hostile: Readonly<Record<string, Uint8Array>> = {
  "a web browser": new TextEncoder().encode("GET / HTTP/1.1\r\nHost: trainer\r\n\r\n"),
  noise: Uint8Array.from({ length: 5_000 }, (_, i) => (i * i * 31) & 0xff),
  "a frame of 4 GB": huge,
  "half a frame": encodeFrame({
    version: PROTOCOL_VERSION,
    rank: 1,
    size: 2,
    kind: "hello",
    body: new Uint8Array(9),
  }).subarray(0, 30),
  "a rank outside the group": encodeFrame({
    version: PROTOCOL_VERSION,
    rank: 7,
    size: 2,
    kind: "hello",
    body: new Uint8Array(0),
  }),
  "addresses that are cut off": encodeFrame({
    version: PROTOCOL_VERSION,
    rank: 1,
    size: 2,
    kind: "hello",
    body: Uint8Array.of(0, 9, 1),
  }),
  "an answer that nobody asked for": encodeFrame({
    version: PROTOCOL_VERSION,
    rank: 1,
    size: 2,
    kind: "welcome",
    body: new Uint8Array(4),
  }),
  "rank 0 itself": encodeFrame({
    version: PROTOCOL_VERSION,
    rank: 0,
    size: 2,
    kind: "hello",
    body: new Uint8Array(4),
  }),
};

describe("the rendezvous goes on in spite of", () => {
  test.each(Object.entries(hostile))("%s", async (_, bytes) => {
    const port = await freePort();
    const first = come({ rank: 0, size: 2, port });
    const socket = await knock(port);
    socket.on("error", () => undefined).write(bytes);
    await wait(50);

    const met = await Promise.all([first, come({ rank: 1, size: 2, port })]);

    expect(met).toEqual([expectedFor(0, 2), expectedFor(1, 2)]);
    socket.destroy();
  });

  test("more silent clients than it lets wait, once they are gone", async () => {
    const port = await freePort();
    const first = come({ rank: 0, size: 2, port, timeoutMs: 10_000 });
    const silent = await Promise.all(Array.from({ length: MAX_STRANGERS + 20 }, () => knock(port)));
    const second = come({ rank: 1, size: 2, port, timeoutMs: 10_000 });
    await wait(200);

    for (const socket of silent) socket.destroy();

    expect(await Promise.all([first, second])).toEqual([expectedFor(0, 2), expectedFor(1, 2)]);
  });
});

test("what a false rank 0 answers is an error of rank 0 within the time", async () => {
  const { createServer } = await import("node:net");
  for (const bytes of [
    hostile["noise"],
    huge,
    encodeFrame({
      version: PROTOCOL_VERSION,
      rank: 0,
      size: 2,
      kind: "welcome",
      body: new Uint8Array(MAX_BODY_BYTES),
    }),
  ]) {
    const server = createServer((socket) => socket.on("error", () => undefined).end(bytes));
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });

    const met = come({ rank: 1, size: 2, port, timeoutMs: 300 });

    await expect(met).rejects.toMatchObject({ code: "PEER", details: { peer: 0 } });
    server.close();
  }
});
