import { expect, test } from "vitest";
import { createTfjsBackend } from "../src/backend.ts";
import { plainSpec, ROWS, smallBatch, smallSpec, smallState } from "./small-model.ts";
import { startBackend } from "./start-backend.ts";

const FLOAT_BYTES = 4;

test("of a step only dense features, labels, pooled vectors and their gradient cross, and a loss for each sample", async () => {
  const runtime = await startBackend("cpu");
  const plan = createTfjsBackend("tfjs-cpu", runtime).plans.training!(plainSpec, smallState(plainSpec), {
    maxBatch: 8,
  })!;
  const before = { ...runtime.crossed };

  plan.step(smallBatch(1), 0.1);

  // 3 dense features, 1 label, 2 features of 4 numbers; 1 loss each, and one number that says whether gradients are finite.
  const pooled = 2 * 4;
  expect(runtime.crossed.sentBytes - before.sentBytes).toBe(FLOAT_BYTES * 8 * (3 + 1 + pooled));
  expect(runtime.crossed.receivedBytes - before.receivedBytes).toBe(FLOAT_BYTES * (8 * (1 + pooled) + 1));
});

test("a step changes the rows that it touched, in the caller's memory, and no other", async () => {
  const state = smallState(smallSpec);
  const before = state.tables.map(({ weights }) => weights.slice());
  const batch = smallBatch(1);
  const plan = createTfjsBackend("tfjs-wasm", await startBackend("wasm")).plans.training!(smallSpec, state, {
    maxBatch: 8,
  })!;

  plan.step(batch, 0.1);

  state.tables.forEach(({ weights }, t) => {
    const changed = new Set<number>();
    weights.forEach((w, i) => {
      if (w !== before[t][i]) changed.add(Math.floor(i / 4));
    });
    expect([...changed].sort()).toEqual([...new Set(batch.bags[t].indices)].sort());
    expect(changed.size).toBeLessThan(ROWS / 10);
  });
});
