import {
  allGather,
  allReduce,
  barrier,
  createDenseSink,
  createMemoryTransports,
  dense,
  none,
} from "@dqrm/comm";
import { createRowGradient, isDqrmError, type RowGradient } from "@dqrm/core";
import { expect, test } from "vitest";

const key = { seed: 0, stream: 0 };

/** Makes the gradient of a whole parameter of `rows` rows. */
function wholeGradient(rows: number, cols: number, value: (i: number) => number): RowGradient {
  const gradient = createRowGradient(cols, rows);
  gradient.count = rows;
  for (let i = 0; i < rows; i++) gradient.rows[i] = i;
  for (let i = 0; i < rows * cols; i++) gradient.values[i] = value(i);
  return gradient;
}

test("every rank gathers the bytes of all ranks in rank order, whatever their lengths", async () => {
  const group = createMemoryTransports(4);

  const gathered = await Promise.all(
    group.map((end) => allGather(end, new Uint8Array(end.rank).fill(end.rank))),
  );

  for (const all of gathered) expect(all.map((bytes) => [...bytes])).toEqual([[], [1], [2, 2], [3, 3, 3]]);
});

test("a group of one gathers its own bytes, as a copy", async () => {
  const [alone] = createMemoryTransports(1);
  const bytes = Uint8Array.of(1);

  const [own] = await allGather(alone, bytes);
  bytes[0] = 9;

  expect([...own]).toEqual([1]);
});

test("two collectives in a row do not mix", async () => {
  const group = createMemoryTransports(3);

  const rounds = await Promise.all(
    group.map(async (end) => {
      const first = await allGather(end, Uint8Array.of(end.rank));
      const second = await allGather(end, Uint8Array.of(10 + end.rank));
      return [...first, ...second].map((bytes) => bytes[0]);
    }),
  );

  for (const round of rounds) expect(round).toEqual([0, 1, 2, 10, 11, 12]);
});

test("nobody passes a barrier before everybody has arrived", async () => {
  const group = createMemoryTransports(3);
  const events: string[] = [];
  const early = group
    .slice(0, 2)
    .map((end) => barrier(end).then(() => events.push(`rank ${end.rank} passes`)));

  await new Promise((resolve) => setImmediate(resolve));
  events.push("rank 2 arrives");
  await Promise.all([...early, barrier(group[2])]);

  expect(events[0]).toBe("rank 2 arrives");
  expect(events).toHaveLength(3);
});

test("all ranks of an all-reduce end with the same bits, although float sums depend on their order", async () => {
  const group = createMemoryTransports(4);
  // 1e8 + 0.3 loses the 0.3: the order of the additions shows in the result.
  const part = [1e8, 0.3, -1e8, 0.7];

  const sums = await Promise.all(
    group.map(async (end) => {
      const payload = new Uint8Array(dense.maxBytes(2, 3));
      dense.encode(
        wholeGradient(2, 3, (i) => part[end.rank] * (i + 1)),
        payload,
        key,
      );
      const sum = new Float32Array(6);
      dense.decode(await allReduce(end, dense, payload), createDenseSink(sum, 2, 3));
      return [...sum];
    }),
  );

  for (const sum of sums) expect(sum).toEqual(sums[0]);
  // Rank order: ((1e8 + 0.3) − 1e8) + 0.7 = 0.7 in f32.
  expect(sums[0][0]).toBe(Math.fround(0.7));
});

test("an all-reduce of different shapes is refused on every rank", async () => {
  const group = createMemoryTransports(2);

  const outcomes = await Promise.allSettled(
    group.map((end) => {
      const payload = new Uint8Array(dense.maxBytes(1 + end.rank, 2));
      dense.encode(
        wholeGradient(1 + end.rank, 2, () => 1),
        payload,
        key,
      );
      return allReduce(end, dense, payload);
    }),
  );

  for (const outcome of outcomes) {
    expect(outcome.status === "rejected" && isDqrmError(outcome.reason, "WIRE")).toBe(true);
  }
});

test("a codec that gathers cannot be reduced: the compiler refuses it", () => {
  const [alone] = createMemoryTransports(1);

  // @ts-expect-error combine: "gather" is not "sum", and there is no addPayload
  const refused = (): Promise<Uint8Array> => allReduce(alone, none, new Uint8Array());

  expect(refused).toBeTypeOf("function");
});

test("a rank that dies gives its peers an error instead of a hang", async () => {
  const [first, second, third] = createMemoryTransports(3);
  const waiting = Promise.allSettled([first, second].map((end) => allGather(end, Uint8Array.of(1))));

  await third.close();

  for (const outcome of await waiting) {
    expect(outcome.status === "rejected" && isDqrmError(outcome.reason, "STATE")).toBe(true);
  }
});

test("an AbortSignal gives up a collective and stays the cause of the error", async () => {
  const [first] = createMemoryTransports(2);
  const controller = new AbortController();
  const reason = new Error("shut down");

  const gathering = allGather(first, Uint8Array.of(1), controller.signal);
  controller.abort(reason);

  await expect(gathering).rejects.toMatchObject({ code: "STATE", cause: reason });
});
