import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BLOCK_ROWS,
  createBlockRange,
  createKernels,
  createRowGradient,
  reference,
  scanRange,
  type BlockRange,
} from "@dqrm/core";

const kernels = createKernels([reference]);
const cols = 2;
const rows = 3 * BLOCK_ROWS + 5;

function peakOfRows(table: Float32Array, begin: number, end: number): number {
  return table
    .subarray(begin * cols, end * cols)
    .reduce((peak, weight) => Math.max(peak, Math.abs(weight)), 0);
}

function expectSound({ leaves, tree, dirty }: BlockRange, table: Float32Array): void {
  dirty.forEach((stale, block) => {
    const peak = peakOfRows(table, block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS);
    if (stale === 0) expect(tree[leaves + block]).toBe(peak);
    else expect(tree[leaves + block]).toBeGreaterThanOrEqual(peak);
  });
  for (let node = 1; node < leaves; node++) {
    expect(tree[node]).toBe(Math.max(tree[2 * node], tree[2 * node + 1]));
  }
}

describe("absmax", () => {
  it("is the largest magnitude of its part, and 0 of nothing", () => {
    const absmax = kernels.prepare("absmax", {});
    const src = Float32Array.of(9, -3, 2, 9);

    expect(absmax(src, 1, 3)).toBe(3);
    expect(absmax(src, 2, 2)).toBe(0);
  });

  it("is NaN when any element is, wherever it stands", () => {
    const absmax = kernels.prepare("absmax", {});

    expect(absmax(Float32Array.of(1, Number.NaN, 5), 0, 3)).toBeNaN();
    expect(absmax(Float32Array.of(Number.NaN, 5), 0, 2)).toBeNaN();
  });
});

describe("rangeAbsmax", () => {
  it("stays NaN while a row of the block is, whichever of its rows change", () => {
    const table = Float32Array.of(Number.NaN, 8, 1, 2);
    const range = createBlockRange(2);
    scanRange(table, 2, cols, range);
    const gradient = createRowGradient(cols, 1);
    gradient.rows[0] = 1;
    gradient.values.set([0.5, 0.5]);
    gradient.count = 1;

    kernels.prepare("updateRows", { cols, optimizer: { kind: "sgd" } })(
      table,
      2,
      new Float32Array(0),
      gradient,
      1,
      range,
      0,
      1,
    );

    expect(kernels.prepare("rangeAbsmax", { cols })(table, 2, range)).toBeNaN();
  });

  it("refuses a range that was made for fewer rows", () => {
    const absmax = kernels.prepare("rangeAbsmax", { cols });

    expect(() => absmax(new Float32Array(rows * cols), rows, createBlockRange(2))).toThrow(
      "rangeAbsmax: range has 1 elements, expected 4",
    );
  });

  it("equals a full scan after any updates, and clean blocks stay exact", () => {
    // Few rows and few magnitudes, so that peaks are often held, shared, left and raised again.
    const row = fc.constantFrom(0, 1, BLOCK_ROWS - 1, BLOCK_ROWS, 2 * BLOCK_ROWS + 3, rows - 1);
    const gradient = fc.uniqueArray(fc.tuple(row, fc.integer({ min: -4, max: 4 })), {
      selector: ([r]) => r,
      minLength: 1,
      maxLength: 4,
    });
    const steps = fc.array(fc.tuple(gradient, fc.boolean()), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 12 }), (updates, start) => {
        const table = new Float32Array(rows * cols);
        table.set(start, 2 * BLOCK_ROWS * cols);
        const range = createBlockRange(rows);
        scanRange(table, rows, cols, range);
        const updateRows = kernels.prepare("updateRows", { cols, optimizer: { kind: "sgd" } });
        const rangeAbsmax = kernels.prepare("rangeAbsmax", { cols });
        for (const [terms, queried] of updates) {
          const step = createRowGradient(cols, terms.length);
          step.count = terms.length;
          terms.forEach(([r, g], k) => {
            step.rows[k] = r;
            step.values.fill(g, k * cols, k * cols + cols);
          });

          updateRows(table, rows, new Float32Array(0), step, 0.5, range, 0, terms.length);

          expectSound(range, table);
          if (queried) expect(rangeAbsmax(table, rows, range)).toBe(peakOfRows(table, 0, rows));
        }
        expect(rangeAbsmax(table, rows, range)).toBe(peakOfRows(table, 0, rows));
        expectSound(range, table);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("finds a block clean again when another row reaches the peak that was lost", () => {
    const table = Float32Array.of(4, 1, 2);
    const range = createBlockRange(3);
    scanRange(table, 3, 1, range);
    const updateRows = kernels.prepare("updateRows", { cols: 1, optimizer: { kind: "sgd" } });
    const move = (row: number, gradient: number): number => {
      const step = { ...createRowGradient(1, 1), count: 1 };
      step.rows[0] = row;
      step.values[0] = gradient;
      updateRows(table, 3, new Float32Array(0), step, 1, range, 0, 1);
      return range.dirty[0];
    };

    const stale = [move(1, -1), move(0, 3), move(1, -2), move(1, -1)];

    // Row 1 grows to 2 below the peak; row 0, the peak 4, falls to 1; row 1 grows to 4; row 1 grows to 5.
    expect(stale).toEqual([0, 1, 0, 0]);
    expect(range.tree[1]).toBe(5);
  });

  it("is NaN, not a wrong number, when a scanned table holds one", () => {
    const table = new Float32Array(rows * cols).fill(1);
    table[BLOCK_ROWS * cols] = Number.NaN;
    const range = createBlockRange(rows);
    scanRange(table, rows, cols, range);

    expect(kernels.prepare("rangeAbsmax", { cols })(table, rows, range)).toBeNaN();
  });
});

describe("scanRange", () => {
  it("forgets what the range held before", () => {
    // Three blocks under four leaves: one leaf belongs to no block.
    const range = createBlockRange(3 * BLOCK_ROWS);
    range.tree.fill(9);
    range.dirty.fill(1);
    const table = new Float32Array(3 * BLOCK_ROWS * cols);
    table[5] = -2;

    scanRange(table, 3 * BLOCK_ROWS, cols, range);

    expect(range.tree[1]).toBe(2);
    expectSound(range, table);
    expect(range.dirty.every((stale) => stale === 0)).toBe(true);
  });

  it("refuses a range of another table", () => {
    expect(() => scanRange(new Float32Array(rows * cols), rows, cols, createBlockRange(1))).toThrow(
      "scanRange: range has 1 elements, expected 4",
    );
  });
});
