// Does one of the tasks below and prints what the test compares.
import { createHash } from "node:crypto";
import { allGather, barrier } from "@dqrm/comm";
import { openRank } from "./open-rank.mjs";
import { exchangeSum } from "./exchange-sum.mjs";

/** @import { Transport } from "@dqrm/comm" */

/** @param {Uint8Array | Float32Array} values */
const hash = (values) => createHash("sha256").update(values).digest("hex");

/** @param {Transport} transport @param {number} length */
async function gather(transport, length) {
  const parts = await allGather(transport, new Uint8Array(length + transport.rank).fill(transport.rank + 1));
  const whole = parts.every(
    (part, rank) => part.length === length + rank && part.every((byte) => byte === rank + 1),
  );
  return whole ? `${parts.length} whole` : "broken";
}

/** @param {Transport} transport */
async function tiny({ rank, receive, send, size }) {
  const to = (rank + 1) % size;
  const from = (rank + size - 1) % size;
  for (let i = 0; i < 10_000; i++) await send(to, Uint8Array.of(i & 0xff, i >> 8));
  for (let i = 0; i < 10_000; i++) {
    const [low = 0, high = 0] = await receive(from);
    if (low + 256 * high !== i) return `message ${i} is ${low + 256 * high}`;
  }
  return "in order";
}

/** @param {Transport} transport */
async function sum(transport) {
  const own = Float32Array.from({ length: 100_003 }, (_, i) => Math.sin(i * (transport.rank + 1)));
  const total = new Float32Array(own.length);
  for (const part of await allGather(transport, new Uint8Array(own.buffer))) {
    const values = new Float32Array(part.slice().buffer);
    for (let i = 0; i < total.length; i++) total[i] = (total[i] ?? 0) + (values[i] ?? 0);
  }
  return hash(total);
}

/** @param {Transport} transport */
async function measure(transport) {
  const other = 1 - transport.rank;
  const empty = new Uint8Array(8);
  const times = [];
  for (let i = 0; i < 2000; i++) {
    const start = performance.now();
    if (transport.rank === 0) await transport.send(other, empty);
    await transport.receive(other);
    if (transport.rank === 1) await transport.send(other, empty);
    times.push(performance.now() - start);
  }
  const gathers = [];
  const bytes = new Uint8Array(2_009_040);
  for (let i = 0; i < 100; i++) {
    await barrier(transport);
    const start = performance.now();
    await allGather(transport, bytes);
    gathers.push(performance.now() - start);
  }
  const show = (/** @type {number[]} */ list) => {
    list.sort((a, b) => a - b);
    return { minimum: list[0], median: list[list.length >> 1] };
  };
  return JSON.stringify({ roundTripMs: show(times), gather2MBMs: show(gathers) });
}

const TASKS = {
  gather: (/** @type {Transport} */ transport) => gather(transport, 5_000_000),
  tiny,
  sum,
  exchange: exchangeSum,
  measure,
};

const transport = await openRank();
const [task, run] = Object.entries(TASKS).find(([name]) => name === process.argv[2]) ?? [];
if (run === undefined) throw new Error(`no task ${task}`);
console.log(`${transport.rank}: ${await run(transport)}`);
await transport.close();
