import { describe, expect, it } from "vitest";
import {
  allocateRows,
  checkJagged,
  checkRowFormat,
  createBlockRange,
  createRowGradient,
  peakBlock,
  reserveRowGradient,
  rowBytes,
  scaleCount,
  setBlockPeak,
  symmetricScale,
  type BitWidth,
  type Jagged,
  type RowFormat,
} from "@dqrm/core";

const format: RowFormat = {
  bits: 4,
  cols: 10,
  scheme: "symmetric",
  granularity: { kind: "group", groupCols: 4 },
};

const jagged = (offsets: number[], weights?: Float32Array): Jagged => {
  const bags = { indices: Int32Array.of(1, 2, 3), offsets: Int32Array.from(offsets) };
  return weights === undefined ? bags : { ...bags, weights };
};

describe("row formats", () => {
  it("starts each row on a byte", () => {
    // 5 codes of 3 bits are 15 bits.
    expect(rowBytes({ bits: 3, cols: 5 })).toBe(2);
  });

  it("gives the last partial group a scale of its own", () => {
    expect(scaleCount(format, 2)).toBe(6);
  });

  it.each(["dead-zone", "dead-zone-log"] as const)(
    "allocates a threshold for each scale of a %s",
    (scheme) => {
      expect(allocateRows({ ...format, scheme }, 3).bias.length).toBe(9);
    },
  );

  it("allocates no bias for symmetric codes, and one for each scale of asymmetric ones", () => {
    const symmetric = allocateRows(format, 3);
    const asymmetric = allocateRows({ ...format, scheme: "asymmetric" }, 3);

    expect(symmetric.bias.length).toBe(0);
    expect(asymmetric.bias.length).toBe(9);
    expect(asymmetric.codes.length).toBe(15);
  });

  it("gives a table of zeros a scale above zero at every width", () => {
    const widths: readonly BitWidth[] = [1, 2, 8, 16];

    for (const bits of widths) expect(symmetricScale(0, bits)).toBeGreaterThan(0);
  });

  it.each([
    [{ ...format, bits: 9 }, "check: bits is 9, expected 1, 2, 3, 4, 5, 6, 7, 8, 16"],
    [{ ...format, bits: 1, scheme: "dead-zone" }, "check: bits of dead-zone is 1, expected 2 to 8"],
    [{ ...format, bits: 16, scheme: "dead-zone-log" }, "check: bits of dead-zone-log is 16, expected 2 to 8"],
    [{ ...format, cols: 0 }, "check: cols is 0, expected an integer >= 1"],
    [{ ...format, cols: 65537 }, "check cols is 65537, more than MAX_COLS = 65536 allows"],
    [
      { ...format, scheme: "log" },
      "check: scheme is log, expected symmetric, asymmetric, dead-zone, dead-zone-log",
    ],
    [
      { ...format, granularity: { kind: "group", groupCols: 0 } },
      "check: groupCols is 0, expected an integer >= 1",
    ],
  ])("refuses %j", (broken, message) => {
    expect(() => checkRowFormat("check", broken as RowFormat)).toThrow(message);
  });

  it.each([-1, 0.5, 2 ** 31])("refuses %s rows before it allocates", (rows) => {
    expect(() => allocateRows(format, rows)).toThrow("allocateRows");
  });
});

describe("jagged bags", () => {
  it.each([
    [[], "check: offsets[0] is undefined, expected at least one offset"],
    [[1, 3], "check: offsets[0] is 1, expected 0"],
    [[0, 2, 1, 3], "check: offsets[2] is 1, expected at least offsets[1] = 2"],
    [[0, 2], "check: offsets[1] is 2, expected the number of indices, 3"],
  ])("refuses the offsets %j", (offsets, message) => {
    expect(() => checkJagged("check", jagged(offsets))).toThrow(message);
  });

  it("refuses weights that are not one for each index", () => {
    const bags = jagged([0, 3], new Float32Array(2));

    expect(() => checkJagged("check", bags)).toThrow("check: weights has 2 elements, expected 3");
  });

  it("accepts empty bags", () => {
    expect(() => checkJagged("check", jagged([0, 0, 3, 3]))).not.toThrow();
  });
});

describe("block ranges", () => {
  it("keeps the largest peak at the root while peaks rise and fall", () => {
    const range = createBlockRange(256 * 5);

    setBlockPeak(range, 3, 7);
    setBlockPeak(range, 4, 5);
    setBlockPeak(range, 3, 2);

    expect(range.tree[1]).toBe(5);
    expect(peakBlock(range)).toBe(4);
  });

  it("has one leaf for a table of one block", () => {
    const range = createBlockRange(10);

    setBlockPeak(range, 0, 3);

    expect(range.tree[1]).toBe(3);
    expect(peakBlock(range)).toBe(0);
  });
});

describe("row gradients", () => {
  it("keep their rows when they grow", () => {
    const gradient = createRowGradient(2, 1);
    gradient.rows[0] = 9;
    gradient.values.set([1, 2]);
    gradient.count = 1;

    reserveRowGradient(gradient, 5);

    expect([...gradient.rows.slice(0, 1), ...gradient.values.slice(0, 2)]).toEqual([9, 1, 2]);
    expect(gradient.values.length).toBe(10);
    // The power of two that is at least twice the capacity.
    expect(gradient.slots.length).toBe(16);
  });

  it("do not allocate when there is room", () => {
    const gradient = createRowGradient(2, 8);
    const { values } = gradient;

    reserveRowGradient(gradient, 8);

    expect(gradient.values).toBe(values);
  });
});
