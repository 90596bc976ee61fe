import { describe, expect, test } from "vitest";
import {
  compileTraining,
  createKernels,
  defineKernels,
  isDqrmError,
  reference,
  scanRange,
  symmetricScale,
  type TableQuantization,
} from "../../src/index.ts";
import { kernels, smallBatch, smallPlan, smallSpec, smallState } from "./small-model.ts";

const int4 = (refresh: Extract<TableQuantization, { kind: "fake" }>["refresh"]): TableQuantization => ({
  kind: "fake",
  bits: 4,
  granularity: { kind: "table" },
  refresh,
});

const failureOf = (act: () => void): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};

const absmax = (weights: Float32Array): number => Math.max(...weights.map(Math.abs));

describe("scales", () => {
  test("a scale of every step follows the exact absmax of the weights", () => {
    const spec = smallSpec(int4({ kind: "every-step" }));
    const state = smallState(spec);
    const plan = smallPlan(spec, state);
    const { scale, weights } = state.tables[0];

    for (let step = 0; step < 20; step++) {
      const expected = symmetricScale(absmax(weights), 4);
      plan.forwardBackward(smallBatch());
      expect(scale[0]).toBe(expected);
      plan.apply(0.5);
    }
  });

  test("a periodic scale is renewed at the steps that its period names and stale in between", () => {
    const spec = smallSpec(int4({ kind: "periodic", periodSteps: 3 }));
    const state = smallState(spec);
    const plan = smallPlan(spec, state);
    const { scale, weights } = state.tables[0];
    const seen: number[] = [];
    const exact: number[] = [];

    for (let step = 0; step < 7; step++) {
      exact.push(symmetricScale(absmax(weights), 4));
      plan.step(smallBatch(), 0.5);
      seen.push(scale[0]);
    }

    expect(seen).toEqual([exact[0], exact[0], exact[0], exact[3], exact[3], exact[3], exact[6]]);
  });

  test("inference renews no periodic scale", () => {
    const spec = smallSpec(int4({ kind: "periodic", periodSteps: 2 }));
    const state = smallState(spec);
    const plan = smallPlan(spec, state);
    plan.step(smallBatch(), 0.5);
    const before = state.tables[0].scale[0];

    plan.infer(smallBatch(), new Float32Array(2));

    expect(state.tables[0].scale[0]).toBe(before);
  });

  test.each([{ kind: "periodic", periodSteps: 200 }, { kind: "once" }] as const)(
    "a table that never had a scale gets one before its first step, whatever the count: $kind",
    (refresh) => {
      const spec = smallSpec(int4(refresh));
      const state = smallState(spec);
      state.step = 7;
      const plan = smallPlan(spec, state);
      const expected = symmetricScale(absmax(state.tables[0].weights), 4);

      plan.forwardBackward(smallBatch());

      expect(state.tables[0].scale[0]).toBe(expected);
    },
  );

  test("a table with an infinite weight is refused by its name", () => {
    const spec = smallSpec(int4({ kind: "every-step" }));
    const state = smallState(spec);
    const plan = smallPlan(spec, state);
    state.tables[0].weights[5] = Number.POSITIVE_INFINITY;
    scanRange(state.tables[0].weights, 4, 2, state.tables[0].range);

    const failure = failureOf(() => plan.forwardBackward(smallBatch()));

    expect(isDqrmError(failure, "NON_FINITE") && [failure.details.what, failure.details.position]).toEqual([
      "weights of table shop",
      5,
    ]);
  });
});

describe("order of calls", () => {
  test("apply without gradients is refused", () => {
    const spec = smallSpec();
    const plan = smallPlan(spec, smallState(spec));

    expect(
      isDqrmError(
        failureOf(() => {
          plan.apply(0.1);
        }),
        "STATE",
      ),
    ).toBe(true);
  });

  test("inference discards gradients, for it overwrites what they came from", () => {
    const spec = smallSpec();
    const plan = smallPlan(spec, smallState(spec));
    plan.forwardBackward(smallBatch());
    plan.infer(smallBatch(), new Float32Array(2));

    expect(
      isDqrmError(
        failureOf(() => {
          plan.apply(0.1);
        }),
        "STATE",
      ),
    ).toBe(true);
  });

  test("a failed forward and backward pass leaves no gradients of an earlier batch to apply", () => {
    const spec = smallSpec();
    const plan = smallPlan(spec, smallState(spec));
    plan.forwardBackward(smallBatch());
    const hostile = { ...smallBatch(), labels: Float32Array.of(0, 2) };

    const failure = failureOf(() => plan.forwardBackward(hostile));

    expect(isDqrmError(failure, "VALUE")).toBe(true);
    expect(
      isDqrmError(
        failureOf(() => {
          plan.apply(0.1);
        }),
        "STATE",
      ),
    ).toBe(true);
  });

  test("a forward and backward pass changes no weight", () => {
    const spec = smallSpec();
    const state = smallState(spec);
    const plan = smallPlan(spec, state);
    const before = state.tables[0].weights.slice();

    plan.forwardBackward(smallBatch());

    expect(state.tables[0].weights).toEqual(before);
    expect(state.step).toBe(0);
  });
});

describe("batches", () => {
  const spec = smallSpec();
  const batch = smallBatch();
  const plan = smallPlan(spec, smallState(spec));

  test.each([
    ["a batch larger than the plan", { ...batch, size: 5 }, "LIMIT"],
    ["an empty batch", { ...batch, size: 0 }, "VALUE"],
    ["too few dense numbers", { ...batch, dense: new Float32Array(3) }, "SHAPE"],
    ["too few labels", { ...batch, labels: new Float32Array(1) }, "SHAPE"],
    ["no bags", { ...batch, bags: [] }, "SHAPE"],
    ["a NaN among dense features", { ...batch, dense: Float32Array.of(1, 1, Number.NaN, 1) }, "NON_FINITE"],
    ["an infinite label", { ...batch, labels: Float32Array.of(0, Number.POSITIVE_INFINITY) }, "NON_FINITE"],
  ] as const)("%s is refused with a typed error", (_, wrong, code) => {
    expect(
      isDqrmError(
        failureOf(() => plan.forwardBackward(wrong)),
        code,
      ),
    ).toBe(true);
  });

  test("arrays that are longer than the batch give the same gradients", () => {
    const longer = {
      size: 2,
      dense: Float32Array.of(...batch.dense, 9, 9),
      labels: Float32Array.of(...batch.labels, 1),
      bags: [{ indices: Int32Array.of(0, 3, 1, 2), offsets: Int32Array.of(0, 2, 3, 4) }],
    };
    plan.forwardBackward(batch);
    const { count, rows, values } = plan.gradients.tables[0];
    const expected = [rows.slice(0, count), values.slice(0, 2 * count)];

    plan.forwardBackward(longer);

    const found = plan.gradients.tables[0];
    expect([found.rows.slice(0, found.count), found.values.slice(0, 2 * found.count)]).toEqual(expected);
  });
});

test("the top's gradients are final before anything below it is computed, its input included", () => {
  const events: string[] = [];
  const watched = defineKernels("watched", {
    linearBackwardInput: (shape) => {
      const compute = kernels.prepare("linearBackwardInput", shape);
      return (...call) => {
        events.push("gradient of an input");
        compute(...call);
      };
    },
  });
  const spec = smallSpec();
  const own = createKernels([watched, reference]);
  const plan = compileTraining(spec, smallState(spec), own, { maxBatch: 2 });

  plan.forwardBackward(smallBatch(), (groups) => events.push(groups.join()));

  expect(events).toEqual(["top", "gradient of an input", "tables,poolingWeights,projections,bottom"]);
});

test("products in other numbers than asked for are refused", () => {
  const spec = smallSpec();
  const compile = (): unknown =>
    compileTraining(spec, smallState(spec), kernels, { maxBatch: 2, products: "bfloat16" });

  expect(isDqrmError(failureOf(compile), "UNSUPPORTED")).toBe(true);
});
