import { describe, expect, it } from "vitest";
import { allocateRows, createKernels, jaggedFrom, reference, type BagSpec, type Jagged } from "@dqrm/core";

const kernels = createKernels([reference]);
const spec: BagSpec = { cols: 2, pooling: "sum", stride: 2, offset: 0 };
const table = Float32Array.of(1, 2, 10, 20, 100, 200);
const weighted = (bags: number[][], weights: number[]): Jagged => ({
  ...jaggedFrom(bags),
  weights: Float32Array.from(weights),
});

describe("embeddingBag", () => {
  it("sums the rows of each bag, a repeated row twice and an empty bag to zero", () => {
    const embeddingBag = kernels.prepare("embeddingBag", spec);
    const dst = new Float32Array(6).fill(-1);

    embeddingBag(table, 3, jaggedFrom([[0, 2], [], [1, 1]]), dst, 0, 3);

    expect([...dst]).toEqual([101, 202, 0, 0, 20, 40]);
  });

  it("divides a mean by the number of indices, weighted or not", () => {
    const embeddingBag = kernels.prepare("embeddingBag", { ...spec, pooling: "mean" });
    const dst = new Float32Array(4);

    embeddingBag(table, 3, weighted([[0, 1], []], [2, 0.5]), dst, 0, 2);

    // (2·1 + 0.5·10)/2 and (2·2 + 0.5·20)/2; the mean of an empty bag is zero.
    expect([...dst]).toEqual([3.5, 7, 0, 0]);
  });

  it("writes only its own columns and its own bags", () => {
    const embeddingBag = kernels.prepare("embeddingBag", { ...spec, stride: 4, offset: 1 });
    const dst = new Float32Array(12).fill(-1);

    embeddingBag(table, 3, jaggedFrom([[0], [1], [2]]), dst, 1, 2);

    expect([...dst]).toEqual([-1, -1, -1, -1, -1, 10, 20, -1, -1, -1, -1, -1]);
  });

  it("rounds each product to f32", () => {
    const embeddingBag = kernels.prepare("embeddingBag", { ...spec, cols: 1, stride: 1 });
    const dst = new Float32Array(1);
    const ulp = 2 ** -23;

    embeddingBag(Float32Array.of(1 + 2 * ulp, 1 + ulp), 2, weighted([[0, 1]], [-1, 1 + ulp]), dst, 0, 1);

    // (1 + ulp)² = 1 + 2·ulp + ulp², of which f32 keeps 1 + 2·ulp.
    expect(dst[0]).toBe(0);
  });

  it("rounds each sum to f32", () => {
    const embeddingBag = kernels.prepare("embeddingBag", { ...spec, cols: 1, stride: 1 });
    const dst = new Float32Array(1);

    embeddingBag(Float32Array.of(2 ** 24, 1), 2, jaggedFrom([[0, 1, 1]]), dst, 0, 1);

    // 2^24 + 1 is halfway between two f32 numbers and goes to the even one, twice.
    expect(dst[0]).toBe(2 ** 24);
  });

  it("refuses arrays that are too short and bags that do not exist", () => {
    const embeddingBag = kernels.prepare("embeddingBag", spec);
    const bags = jaggedFrom([[0], [1]]);

    expect(() => embeddingBag(table, 4, bags, new Float32Array(4), 0, 2)).toThrow(
      "embeddingBag: table has 6 elements, expected 8",
    );
    expect(() => embeddingBag(table, 3, bags, new Float32Array(3), 0, 2)).toThrow(
      "embeddingBag: dst has 3 elements, expected 4",
    );
    expect(() => embeddingBag(table, 3, bags, new Float32Array(9), 0, 3)).toThrow(
      "embeddingBag: offsets has 3 elements, expected 4",
    );
    expect(() => embeddingBag(table, 3, bags, new Float32Array(4), 1, 0)).toThrow("part is [1, 0)");
  });

  it("refuses offsets that fall or point past the indices", () => {
    const embeddingBag = kernels.prepare("embeddingBag", spec);
    const falling = { indices: Int32Array.of(0, 1), offsets: Int32Array.of(0, 2, 1) };
    const past = { indices: Int32Array.of(0, 1), offsets: Int32Array.of(0, 3) };

    expect(() => embeddingBag(table, 3, falling, new Float32Array(4), 0, 2)).toThrow(
      "embeddingBag: offsets[2] is 1, expected within [2, 2]",
    );
    expect(() => embeddingBag(table, 3, past, new Float32Array(4), 0, 1)).toThrow(
      "embeddingBag: offsets[1] is 3, expected within [0, 2]",
    );
  });

  it("refuses a row that does not fit its stride when it is prepared", () => {
    expect(() => kernels.prepare("embeddingBag", { ...spec, offset: 1 })).toThrow(
      "embeddingBag: offset is 1, expected an integer >= 0 with offset + 2 <= stride = 2",
    );
  });
});

describe("every op that reads rows of bags", () => {
  const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;

  it.each([-1, 3])("refuses the index %s with its position", (index) => {
    const bags = jaggedFrom([[0, index]]);
    const dst = new Float32Array(2);
    const scale = Float32Array.of(1);

    expect(() => kernels.prepare("embeddingBag", spec)(table, 3, bags, dst, 0, 1)).toThrow(
      `embeddingBag: index ${index} at position 1 is outside [0, 3)`,
    );
    expect(() =>
      kernels.prepare("embeddingBagFakeQuant", { ...spec, ...format })(table, 3, scale, bags, dst, 0, 1),
    ).toThrow(`embeddingBagFakeQuant: index ${index} at position 1 is outside [0, 3)`);
    expect(() =>
      kernels.prepare("embeddingBagPacked", { ...spec, format })(allocateRows(format, 3), bags, dst, 0, 1),
    ).toThrow(`embeddingBagPacked: index ${index} at position 1 is outside [0, 3)`);
    expect(() => kernels.prepare("embeddingBagWeightGradient", spec)(dst, table, 3, bags, dst, 0, 1)).toThrow(
      `embeddingBagWeightGradient: index ${index} at position 1 is outside [0, 3)`,
    );
  });
});

describe("embeddingBagFakeQuant", () => {
  const quantized = { ...spec, bits: 4, granularity: { kind: "row" } } as const;

  it.each([Number.NaN, Infinity])("refuses a row that holds %s, and no other", (weight) => {
    const fakeQuant = kernels.prepare("embeddingBagFakeQuant", quantized);
    const broken = Float32Array.of(1, 2, 3, weight);
    const read = (row: number): void => {
      fakeQuant(broken, 2, new Float32Array(0), jaggedFrom([[row]]), new Float32Array(2), 0, 1);
    };

    expect(() => read(0)).not.toThrow();
    expect(() => read(1)).toThrow(`weight: value ${weight} at position 3, expected a finite number`);
  });
});

describe("embeddingBagWeightGradient", () => {
  it("gives each index the product of its row and its bag's gradient", () => {
    const weightGradient = kernels.prepare("embeddingBagWeightGradient", spec);
    const dst = new Float32Array(3);

    weightGradient(Float32Array.of(1, 0.5, 0, 1), table, 3, jaggedFrom([[0, 2], [1]]), dst, 0, 2);

    // 1·1 + 0.5·2, 1·100 + 0.5·200, 0·10 + 1·20
    expect([...dst]).toEqual([2, 200, 20]);
  });

  it("divides by the number of the bag's indices for mean", () => {
    const weightGradient = kernels.prepare("embeddingBagWeightGradient", { ...spec, pooling: "mean" });
    const dst = new Float32Array(2);

    weightGradient(Float32Array.of(1, 0.5), table, 3, jaggedFrom([[0, 2]]), dst, 0, 1);

    expect([...dst]).toEqual([1, 100]);
  });
});
