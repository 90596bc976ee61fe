import { allGather } from "../collectives.ts";
import { expectRefusal, expectSame, expectThat, type ConformanceCase } from "./case.ts";
import { withGroup, type GroupBody, type OpenGroup } from "./group.ts";
import { transportClosingCases } from "./transport-closing.ts";

/**
 * Yields the cases of the `Transport` contract; a transport that loses a message fails by the runner's time limit.
 *
 * ```ts doctest
 * import { createMemoryTransports } from "@dqrm/comm";
 * import { transportConformance } from "@dqrm/comm/conformance";
 * const passed: string[] = [];
 * for (const { name, run } of transportConformance("memory", async (size) => createMemoryTransports(size))) {
 *   await run();
 *   passed.push(name);
 * }
 * passed[0]; // => "memory: every end knows its rank and the size"
 * ```
 */
export function* transportConformance(name: string, open: OpenGroup): Generator<ConformanceCase> {
  for (const [what, size, body] of [...DELIVERY, ...ISOLATION]) {
    yield { name: `${name}: ${what}`, run: () => withGroup(open, size, body) };
  }
  yield* transportClosingCases(name, open);
}

type GroupCase = readonly [what: string, size: number, body: GroupBody];

const DELIVERY: readonly GroupCase[] = [
  [
    "every end knows its rank and the size",
    3,
    (group) => {
      expectSame(
        group.map(({ rank }) => rank),
        [0, 1, 2],
        "ranks",
      );
      expectThat(
        group.every(({ size }) => size === 3),
        "an end reports another size",
      );
    },
  ],
  [
    "messages of any length arrive whole",
    2,
    async ([a, b]) => {
      for (const length of [0, 1, 255, 65_537, 1 << 20]) {
        const bytes = pattern(length, 7);
        const received = b.receive(0);
        await a.send(1, bytes);
        expectSame(await received, bytes, `message of ${length}`);
      }
    },
  ],
  [
    "messages of one rank arrive in the order in which they were sent",
    2,
    async ([a, b]) => {
      const count = 500;
      for (let i = 0; i < count; i++) await a.send(1, Uint8Array.of(i & 0xff, i >> 8));
      for (let i = 0; i < count; i++) {
        expectSame(await b.receive(0), [i & 0xff, i >> 8], `message ${i}`);
      }
    },
  ],
  [
    "receives that wait are served in the order in which they were made",
    2,
    async ([a, b]) => {
      const waiting = [b.receive(0), b.receive(0), b.receive(0)];
      for (let i = 0; i < 3; i++) await a.send(1, Uint8Array.of(i));
      const received = await Promise.all(waiting);
      expectSame(
        received.map((bytes) => bytes[0]),
        [0, 1, 2],
        "messages",
      );
    },
  ],
  [
    "an end can send to itself",
    2,
    async ([a]) => {
      await a.send(0, Uint8Array.of(9));
      expectSame(await a.receive(0), [9], "message");
    },
  ],
];

const ISOLATION: readonly GroupCase[] = [
  [
    "messages of different ranks do not mix",
    3,
    async ([a, b, c]) => {
      await a.send(2, Uint8Array.of(10));
      await b.send(2, Uint8Array.of(11));
      expectSame(await c.receive(1), [11], "from rank 1");
      expectSame(await c.receive(0), [10], "from rank 0");
    },
  ],
  [
    "a sender may reuse its buffer, a receiver may change what it got",
    3,
    async ([a, b, c]) => {
      const bytes = Uint8Array.of(1, 2);
      await a.send(1, bytes);
      await a.send(2, bytes);
      bytes.fill(99);
      const first = await b.receive(0);
      expectSame(first, [1, 2], "first receiver");
      first.fill(77);
      expectSame(await c.receive(0), [1, 2], "second receiver");
    },
  ],
  [
    "memory that is given back is not that of a message which is kept",
    2,
    async ([a, b]) => {
      const lengths = [5_000, 5_100, 4_900];
      for (const length of lengths) await a.send(1, pattern(length, length));
      const [first, kept, last] = [await b.receive(0), await b.receive(0), await b.receive(0)];
      b.recycle?.(first);
      b.recycle?.(last);
      for (const length of lengths) {
        await a.send(1, pattern(length, 1));
        await b.send(0, pattern(length, 2));
        expectSame(await b.receive(0), pattern(length, 1), `message of ${length}`);
        expectSame(await a.receive(1), pattern(length, 2), `answer of ${length}`);
      }
      expectSame(kept, pattern(5_100, 5_100), "kept message");
    },
  ],
  [
    "a view into a larger buffer sends only the view",
    2,
    async ([a, b]) => {
      await a.send(1, pattern(10, 0).subarray(3, 5));
      expectSame(await b.receive(0), pattern(10, 0).subarray(3, 5), "message");
    },
  ],
  [
    "all ranks send large messages before any receives",
    4,
    async (group) => {
      const all = await Promise.all(
        group.map((end) => allGather(end, pattern(300_000 + end.rank, end.rank))),
      );
      for (const gathered of all) {
        gathered.forEach((bytes, rank) => {
          expectSame(bytes, pattern(300_000 + rank, rank), `message of rank ${rank}`);
        });
      }
    },
  ],
  [
    "a number that is no rank is refused",
    2,
    async ([a]) => {
      for (const rank of [-1, 2, 0.5, NaN]) {
        await expectRefusal(() => a.send(rank, Uint8Array.of(1)), ["INDEX_RANGE"], `send to ${rank}`);
        await expectRefusal(() => a.receive(rank), ["INDEX_RANGE"], `receive from ${rank}`);
      }
    },
  ],
];

function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + seed;
  return bytes;
}
