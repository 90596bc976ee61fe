import { describe, expect, test } from "vitest";
import { createRobeMapping, type RobeMapping, type RobeSpec } from "../../src/index.ts";
import robeGolden from "../golden/robe.json" with { type: "json" };

const paper: RobeSpec = {
  cells: 27_000,
  cols: 16,
  blockCols: 4,
  hash: "mixing",
  keyOffset: 0,
  seed: 0,
  signs: false,
};

describe("the reference mapping", () => {
  test.each(robeGolden.cases)(
    "finds the cells of the authors' program, m $m, Z $Z, D $D, offset $off",
    (c) => {
      const mapping = createRobeMapping({
        ...paper,
        cells: c.m,
        cols: c.D,
        blockCols: c.Z,
        hash: "reference",
        keyOffset: c.off,
      });

      const cells = c.idx.map((x) => Array.from({ length: c.D }, (_, part) => mapping.row(x, part)));

      expect(cells).toEqual(c.hashed);
    },
  );

  test("starts blocks anywhere and stays inside the array", () => {
    const { row } = createRobeMapping({ ...paper, cells: 7, cols: 6, blockCols: 4, hash: "reference" });
    const starts = new Set<number>();
    for (let x = 0; x < 200; x++) {
      starts.add(row(x, 0));
      expect(row(x, 3)).toBe(row(x, 0) + 3);
      expect(row(x, 5)).toBe(row(x, 4) + 1);
    }

    expect([...starts].sort()).toEqual([0, 1, 2, 3]);
  });
});

/** Tells how often rows that meet in block 0 meet in every block. */
function wholeCollisions(mapping: RobeMapping, rows: number, blockStep: number): number {
  const byFirst = new Map<number, number[]>();
  for (let x = 0; x < rows; x++) {
    const first = mapping.row(x, 0);
    byFirst.set(first, [...(byFirst.get(first) ?? []), x]);
  }
  let pairs = 0;
  let whole = 0;
  for (const meeting of byFirst.values()) {
    for (let i = 0; i < meeting.length; i++) {
      for (let j = 0; j < i; j++) {
        pairs++;
        let part = blockStep;
        while (part < mapping.parts && mapping.row(meeting[i], part) === mapping.row(meeting[j], part)) {
          part += blockStep;
        }
        if (part >= mapping.parts) whole++;
      }
    }
  }
  return whole / pairs;
}

describe("rows that meet in their first block", () => {
  test("practically never meet in all with the mixing hash", () => {
    expect(wholeCollisions(createRobeMapping(paper), 60_000, 1)).toBeLessThan(1e-3);
  });

  test("meet in all of them in 36 of 100 cases with the authors' hash", () => {
    const reference = createRobeMapping({ ...paper, hash: "reference" });

    // Measured independently for docs/spec/row-mappings.md: 0.358.
    expect(wholeCollisions(reference, 60_000, 4)).toBeCloseTo(0.358, 2);
  });
});

describe("createRobeMapping", () => {
  test.each([
    [{ cells: 0 }, "robe mapping: cells is 0, expected an integer >= 1"],
    [
      { blockCols: 5 },
      "robe mapping: blockCols is 5, expected a divisor of the 16 columns, as blocks are aligned",
    ],
    [{ cells: 3 }, "robe mapping: blockCols is 4, expected at most the 3 cells"],
    [{ keyOffset: -1 }, "robe mapping: keyOffset is -1, expected an integer in [0, 2^53)"],
    [{ seed: 2 ** 32 }, "robe mapping: seed is 4294967296, expected an integer in [0, 2^32)"],
  ])("refuses %j", (wrong, message) => {
    expect(() => createRobeMapping({ ...paper, ...wrong })).toThrow(message);
  });

  test("keeps keys of vocabularies apart beyond 32 bits", () => {
    const near = createRobeMapping(paper);
    const far = createRobeMapping({ ...paper, keyOffset: 2 ** 32 });
    const rows = ({ row }: RobeMapping): number[] => Array.from({ length: 50 }, (_, x) => row(x, 0));

    expect(rows(far)).not.toEqual(rows(near));
  });
});
