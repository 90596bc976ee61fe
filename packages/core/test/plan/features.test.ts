import { describe, expect, test } from "vitest";
import { jaggedFrom } from "../../src/index.ts";
import { createIndexSplit } from "../../src/plan/feature/index-split.ts";
import { smallBatch, smallPlan, smallSpec, smallState } from "./small-model.ts";

describe("the split of indices", () => {
  test("gives quotient and remainder of as many indices as came", () => {
    const split = createIndexSplit(3);

    split.update(jaggedFrom([[0, 5], [7]]));

    expect([[...split.quotient.indices], [...split.remainder.indices]]).toEqual([
      [0, 1, 2],
      [0, 2, 1],
    ]);
  });

  test("reuses its memory for fewer indices", () => {
    const split = createIndexSplit(3);
    split.update(jaggedFrom([[0, 5], [7]]));
    const { buffer } = split.quotient.indices;

    split.update(jaggedFrom([[8]]));

    expect([...split.quotient.indices]).toEqual([2]);
    expect(split.quotient.indices.buffer).toBe(buffer);
  });
});

test("a table's pooling weights do not hide that weights of the batch are missing", () => {
  const spec = smallSpec();
  const weighted = { ...spec, tables: [{ ...spec.tables[0], poolingWeights: "fixed" as const }] };
  const state = smallState(weighted);
  const [bag] = smallBatch().bags;
  const short = { ...smallBatch(), bags: [{ ...bag, weights: Float32Array.of(1, 1) }] };

  expect(() => smallPlan(weighted, state).forwardBackward(short)).toThrow(
    "pooling weights: bag weights has 2 elements, expected 3",
  );
});
