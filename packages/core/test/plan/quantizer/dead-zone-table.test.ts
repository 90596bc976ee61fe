import { describe, expect, test } from "vitest";
import {
  jaggedFrom,
  type Batch,
  type DeadZoneThreshold,
  type TableQuantization,
} from "../../../src/index.ts";
import { smallPlan, smallSpec, smallState } from "../small-model.ts";

const zone = (
  threshold: DeadZoneThreshold,
  refresh: Extract<TableQuantization, { kind: "dead-zone" }>["refresh"] = { kind: "every-step" },
): TableQuantization => ({ kind: "dead-zone", bits: 4, threshold, levels: "log", refresh });

/** Two samples that read the given rows. */
const reading = (...rows: readonly (readonly number[])[]): Batch => ({
  size: 2,
  dense: Float32Array.of(0.5, -1, 2, 0.25),
  labels: Float32Array.of(1, 0),
  bags: [jaggedFrom(rows.map((bag) => [...bag]))],
});

describe("touches", () => {
  const threshold = { kind: "frequency", minTouches: 2, fraction: 0 } as const;

  test("a step counts once for each row that it touched, however often a batch reads it", () => {
    const spec = smallSpec(zone(threshold));
    const state = smallState(spec);
    const plan = smallPlan(spec, state);

    plan.step(reading([0, 0, 3], [0]), 0.1);
    plan.step(reading([3], [1]), 0.1);
    plan.infer(reading([2], [2]), new Float32Array(2));
    plan.forwardBackward(reading([2], [2]));

    expect([...state.tables[0].touches]).toEqual([1, 1, 0, 2]);
  });

  test("a row reads as zero until enough steps touched it, and learns all the while", () => {
    const spec = smallSpec(zone(threshold));
    const state = smallState(spec);
    const plan = smallPlan(spec, state);
    const batch = reading([1], [1]);
    const predict = (): number[] => {
      const dst = new Float32Array(2);
      plan.infer(batch, dst);
      return [...dst];
    };
    const { weights } = state.tables[0];
    const start = weights.slice(2, 4);
    const zeroed = smallState(spec);
    zeroed.tables[0].weights.fill(0, 2, 4);
    const nothing = new Float32Array(2);
    const blind = smallPlan(spec, zeroed);
    blind.infer(batch, nothing);

    expect(predict()).toEqual([...nothing]);
    plan.step(batch, 0.1);
    expect(weights.slice(2, 4)).not.toEqual(start);
    blind.step(batch, 0.1);
    blind.infer(batch, nothing);
    expect(predict()).toEqual([...nothing]);

    plan.step(batch, 0.1);
    blind.step(batch, 0.1);
    zeroed.tables[0].touches.fill(0);
    blind.infer(batch, nothing);
    expect(predict()).not.toEqual([...nothing]);
  });

  test("only a threshold by frequency keeps counts", () => {
    const { touches } = smallState(smallSpec(zone({ kind: "relative", fraction: 0.1 }))).tables[0];

    expect(touches.length).toBe(0);
  });
});

describe("the peak that levels and threshold follow from", () => {
  test("is the absmax at every step", () => {
    const spec = smallSpec(zone({ kind: "relative", fraction: 0.1 }));
    const state = smallState(spec);
    const plan = smallPlan(spec, state);
    const { scale, weights } = state.tables[0];

    for (let step = 0; step < 10; step++) {
      const expected = Math.max(...weights.map(Math.abs));
      plan.forwardBackward(reading([0, 3], [1]));
      expect(scale[0]).toBe(expected);
      plan.apply(0.5);
    }
  });

  test("is stale between periods", () => {
    const spec = smallSpec(zone({ kind: "relative", fraction: 0.1 }, { kind: "periodic", periodSteps: 3 }));
    const state = smallState(spec);
    const plan = smallPlan(spec, state);
    const { scale, weights } = state.tables[0];
    const seen: number[] = [];
    const exact: number[] = [];

    for (let step = 0; step < 5; step++) {
      exact.push(Math.max(...weights.map(Math.abs)));
      plan.step(reading([0, 3], [1]), 0.5);
      seen.push(scale[0]);
    }

    expect(seen).toEqual([exact[0], exact[0], exact[0], exact[3], exact[3]]);
  });
});

test("gradients pass straight through to weights that read as zero", () => {
  const quantization = zone({ kind: "absolute", value: 100 });
  const spec = smallSpec(quantization);
  const state = smallState(spec);
  const plan = smallPlan(spec, state);
  const before = state.tables[0].weights.slice();

  plan.forwardBackward(reading([1], [2]));
  const { count, rows, values } = plan.gradients.tables[0];
  const expected = before.slice();
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < 2; c++) expected[2 * rows[k] + c] -= 0.5 * values[2 * k + c];
  }
  plan.apply(0.5);

  expect(expected).not.toEqual(before);
  expect(state.tables[0].weights).toEqual(expected);
});

test("an index outside the table is refused before a row is read", () => {
  const spec = smallSpec(zone({ kind: "relative", fraction: 0.1 }));
  const plan = smallPlan(spec, smallState(spec));

  expect(() => plan.forwardBackward(reading([0, 4], [1]))).toThrow("index 4");
});
