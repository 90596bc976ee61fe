import { allGather, createDenseSink, createMemoryTransports, none } from "@dqrm/comm";

// A gradient is plain data: the adopter makes it, in this case one row of a table of four.
const gradientOf = (rank) => ({
  cols: 2,
  count: 1,
  rows: Int32Array.of(rank),
  values: Float32Array.of(rank + 0.5, -1),
});

/** Sends the gradient of a rank to all and adds up what all sent. */
async function step(transport) {
  const out = new Uint8Array(none.maxBytes(1, 2));
  const bytes = none.encode(gradientOf(transport.rank), out, { seed: 0, stream: transport.rank });
  const sum = new Float32Array(8);
  for (const payload of await allGather(transport, out.subarray(0, bytes)))
    none.decode(payload, createDenseSink(sum, 4, 2));
  return sum.join();
}

const sums = await Promise.all(createMemoryTransports(2).map(step));
const expected = "0.5,-1,1.5,-1,0,0,0,0";
if (sums.some((sum) => sum !== expected))
  throw new Error(`ranks hold ${sums.join(" and ")}, expected ${expected}`);
