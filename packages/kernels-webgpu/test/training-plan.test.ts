import { reference, symmetricScale } from "@dqrm/core";
import { expect, test } from "vitest";
import { loadBackend, noDevice } from "./load-backend.ts";
import { batchOf, firstState, spec } from "./small-model.ts";

const absmax = reference.ops.absmax!({})!;

test.skipIf(noDevice !== undefined).each([
  // A row has 16 bytes: a block of 256 rows, or 50 rows, in each shard.
  ["one shard", undefined],
  ["shards of a block", 16 * 300],
  ["shards smaller than a block", 16 * 50],
])("the scale of a table in %s is that of its exact absmax after every step", async (_, shardBytes) => {
  const backend = await loadBackend(shardBytes === undefined ? {} : { shardBytes });
  if ("unavailable" in backend) throw new Error(backend.unavailable);
  const state = firstState();
  // The peak lies in a row that the steps move, so that its block has to be read again.
  const row = state.tables[0].weights.subarray(4 * 301, 4 * 302).fill(3);
  const plan = backend.plans.training!(spec, state, { maxBatch: 3 })!;

  for (let k = 0; k < 5; k++) {
    plan.step(batchOf(k), 0.5);
    plan.infer(batchOf(0), new Float32Array(3));
    plan.sync();
    const { range, scale, weights } = state.tables[0];
    const peak = absmax(weights, 0, weights.length);
    expect(scale[0]).toBe(symmetricScale(peak, 4));
    expect(range.tree[1]).toBe(peak);
  }
  expect(row.some((weight) => weight !== 3)).toBe(true);
});

test.skipIf(noDevice !== undefined)("a step has the same bits in one shard and in many", async () => {
  const found = await Promise.all(
    [{}, { shardBytes: 16 * 50 }].map(async (options) => {
      const backend = await loadBackend(options);
      if ("unavailable" in backend) throw new Error(backend.unavailable);
      const state = firstState();
      const plan = backend.plans.training!(spec, state, { maxBatch: 3 })!;
      const losses = [0, 1, 2].map((k) => plan.step(batchOf(k), 0.1));
      plan.sync();
      return { losses, state };
    }),
  );

  expect(found[1]).toEqual(found[0]);
});
