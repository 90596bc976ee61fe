import { createMemoryTransports, type Transport } from "@dqrm/comm";
import { transportConformance, type OpenGroup } from "@dqrm/comm/conformance";
import { describe, expect, test } from "vitest";
import { failures, runKit } from "./run-kit.ts";

const memory: OpenGroup = async (size) => createMemoryTransports(size);

runKit(transportConformance("memory", memory));

/** Opens a memory group whose ends are changed one by one. */
function changed(change: (end: Transport, group: readonly Transport[]) => Partial<Transport>): OpenGroup {
  return async (size) => {
    const group = createMemoryTransports(size);
    return group.map((end) => ({ ...end, ...change(end, group) }));
  };
}

const mutants = {
  "numbers ranks from 1": changed((end) => ({ rank: end.rank + 1 })),
  "reports one end more": changed((end) => ({ size: end.size + 1 })),
  "drops empty messages": changed((end) => ({
    send: async (to, bytes, signal) => (bytes.length === 0 ? undefined : end.send(to, bytes, signal)),
  })),
  "cuts messages at 64 KiB": changed((end) => ({
    send: async (to, bytes, signal) => end.send(to, bytes.subarray(0, 65_536), signal),
  })),
  "sends the whole buffer of a view": changed((end) => ({
    send: async (to, bytes, signal) => end.send(to, new Uint8Array(bytes.buffer), signal),
  })),
  "delivers every second message late": changed((end) => {
    let held: Uint8Array | undefined;
    return {
      async send(to, bytes, signal) {
        if (held === undefined && bytes.length === 2) {
          held = bytes.slice();
          return;
        }
        await end.send(to, bytes, signal);
        if (held !== undefined) await end.send(to, held, signal);
        held = undefined;
      },
    };
  }),
  "delivers a message twice": changed((end) => ({
    async send(to, bytes, signal) {
      await end.send(to, bytes, signal);
      if (bytes.length > 1) await end.send(to, bytes, signal);
    },
  })),
  "takes the message of any rank": changed((end) => ({
    receive: async (from, signal) => end.receive(end.size === 3 ? 0 : from, signal),
  })),
  "clamps ranks": changed((end) => ({
    send: async (to, bytes, signal) =>
      end.send(Math.max(0, Math.min(end.size - 1, Math.trunc(to) || 0)), bytes, signal),
  })),
  "cannot send to itself": changed((end) => ({
    send: async (to, bytes, signal) =>
      to === end.rank ? Promise.reject(new Error("self")) : end.send(to, bytes, signal),
  })),
  "gives both receivers one buffer": changed((end) => {
    return {
      receive: async (from, signal) => {
        const bytes = await end.receive(from, signal);
        const key = bytes.join();
        const first = buffers.get(key) ?? bytes;
        buffers.set(key, first);
        return first;
      },
    };
  }),
  "takes back the memory of all messages": changed((end) => {
    const received: Uint8Array[] = [];
    return {
      receive: async (from, signal) => {
        const bytes = await end.receive(from, signal);
        received.push(bytes);
        return bytes;
      },
      recycle() {
        for (const bytes of received) end.recycle?.(bytes);
      },
    };
  }),
  "sends what the buffer holds later": changed((end) => ({
    send: async (to, bytes, signal) => {
      void Promise.resolve()
        .then(async () => Promise.resolve())
        .then(async () => end.send(to, bytes, signal))
        .catch(() => undefined);
    },
  })),
  "ignores the signal": changed((end) => ({
    send: async (to, bytes) => end.send(to, bytes),
    receive: async (from) => end.receive(from),
  })),
  "loses the message after a receive that was given up": changed((end) => ({
    receive: async (from, signal) => {
      if (signal === undefined) return end.receive(from);
      const lost = end.receive(from);
      lost.catch(() => undefined);
      return Promise.race([
        lost,
        new Promise<never>((_, reject) => {
          signal.addEventListener("abort", () => {
            end.receive(99).catch(reject);
          });
        }),
      ]);
    },
  })),
  "throws an error of its own when it is closed": changed((end) => ({
    send: async (to, bytes, signal) =>
      end.send(to, bytes, signal).catch(() => {
        throw new Error("closed");
      }),
  })),
  "forgets unread messages when it closes": changed((end, group) => {
    let open = true;
    const unread: Uint8Array[] = [];
    return {
      send: async (to, bytes, signal) => {
        await end.send(to, bytes, signal);
        if (to !== end.rank) unread.push(bytes);
      },
      close: async () => {
        if (!open) return;
        open = false;
        const [peer] = group.filter(({ rank }) => rank !== end.rank);
        for (let i = 0; i < unread.length; i++)
          await Promise.race([peer.receive(end.rank).catch(() => undefined), Promise.resolve()]);
        await end.close();
      },
    };
  }),
  "refuses to be closed twice": changed((end) => {
    let closed = false;
    return {
      close: async () => {
        if (closed) throw new Error("already closed");
        closed = true;
        await end.close();
      },
    };
  }),
  "never tells its peers that it closes": changed((end) => ({
    close: async () => Promise.resolve(end.rank).then(() => undefined),
  })),
} satisfies Record<string, OpenGroup>;

/** The case that each mutant was made for. */
const killedBy: Readonly<Record<keyof typeof mutants, string>> = {
  "numbers ranks from 1": "knows its rank and the size",
  "reports one end more": "knows its rank and the size",
  "drops empty messages": "messages of any length",
  "cuts messages at 64 KiB": "messages of any length",
  "sends the whole buffer of a view": "a view into a larger buffer",
  "delivers every second message late": "in the order in which they were sent",
  "delivers a message twice": "in the order in which they were sent",
  "takes the message of any rank": "different ranks do not mix",
  "clamps ranks": "a number that is no rank",
  "cannot send to itself": "an end can send to itself",
  "gives both receivers one buffer": "may change what it got",
  "takes back the memory of all messages": "memory that is given back",
  "sends what the buffer holds later": "may reuse its buffer",
  "ignores the signal": "a receive that is given up",
  "loses the message after a receive that was given up": "a receive that is given up",
  "throws an error of its own when it is closed": "a closed end neither sends nor receives",
  "forgets unread messages when it closes": "what was sent before closing",
  "refuses to be closed twice": "may be closed again",
  "never tells its peers that it closes": "closing refuses the receives that wait",
};

const buffers = new Map<string, Uint8Array>();

test("the transport kit passes an unchanged group", async () => {
  const failed = await failures(
    transportConformance(
      "same",
      changed(() => ({})),
    ),
    5_000,
  );

  expect(failed).toEqual([]);
});

describe("the transport kit rejects a transport that", () => {
  test.each(Object.entries(killedBy))("%s", async (what, name) => {
    const [, open] = Object.entries(mutants).find(([key]) => key === what) ?? [];
    if (open === undefined) throw new Error(`no mutant ${what}`);
    buffers.clear();

    const failed = await failures(transportConformance("mutant", open), 250);

    expect(failed).toContainEqual(expect.stringContaining(name));
  });
});

test("the transport kit does no work before a case runs", () => {
  const cases = [
    ...transportConformance("broken", async () => {
      throw new Error("broken");
    }),
  ];

  expect(cases.length).toBeGreaterThan(0);
});
