import { allocateRows, createKernels, createRandom, reference, type BitWidth } from "@dqrm/core";
import { planTables, prepareSharingLoss, quantizationLoss, type PlanOptions } from "@dqrm/dlrm";
import { createQuantizer } from "@dqrm/quant";
import { describe, expect, it } from "vitest";

function normals(count: number, seed: number): Float32Array {
  const random = createRandom({ seed, stream: 0 });
  return Float32Array.from({ length: count }, () => random.normal());
}

function measuredLoss(bits: BitWidth, weights: Float32Array): number {
  const format = { bits, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
  const rows = weights.length / 16;
  const kernels = createKernels([reference]);
  const quantizer = createQuantizer(format, { rounding: "nearest", kernels });
  const packed = allocateRows(format, rows);
  quantizer.choose(weights, packed);
  quantizer.quantize(weights, packed, { seed: 0, stream: 0 });
  const back = new Float32Array(weights.length);
  quantizer.dequantize(packed, back);
  const error = weights.reduce((sum, w, i) => sum + (w - back[i]) ** 2, 0);
  return error / weights.reduce((sum, w) => sum + w ** 2, 0);
}

describe("quantizationLoss", () => {
  it.each([3, 4, 6, 8] as const)("bounds what normal weights lose at %i bits on average, closely", (bits) => {
    const draws = Array.from({ length: 8 }, (_, d) => measuredLoss(bits, normals(16_000, 10 * bits + d)));

    const measured = draws.reduce((sum, loss) => sum + loss, 0) / draws.length;

    // √(2 ln 2N) is 4.56 here, the expected peak of 16,000 normal weights 4.0; its square enters the error.
    const estimate = quantizationLoss(bits, 16_000);
    expect(measured).toBeLessThan(estimate);
    expect(measured).toBeGreaterThan(estimate * (4.0 / 4.56) ** 2 * 0.9);
  });

  it("grows with the table and falls with the bits", () => {
    const bits = [2, 3, 4, 5, 6, 7, 8, 16, 32] as const;

    const losses = [10, 1000, 1e6, 1e9].map((count) => bits.map((width) => quantizationLoss(width, count)));

    for (const row of losses) expect(row).toEqual([...row].sort((a, b) => b - a));
    bits.forEach((_, b) => {
      const column = losses.map((row) => row[b]);
      expect(column).toEqual([...column].sort((a, c) => a - c));
    });
  });
});

/** Draws rows of one weight each into cells, lets each cell learn the weighted mean, and measures what lookups lose. */
function simulatedLoss(rows: number, cells: number, alpha: number): number {
  const weights = normals(rows, 3);
  const random = createRandom({ seed: 5, stream: 0 });
  const shares = Array.from({ length: rows }, (_, r) => (r + 1) ** -alpha);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const cellOf = shares.map(() => Math.floor(random.next() * cells));
  const mass = new Float64Array(cells);
  const mean = new Float64Array(cells);
  shares.forEach((share, r) => {
    mass[cellOf[r]] += share;
    mean[cellOf[r]] += share * weights[r];
  });
  return shares.reduce((sum, share, r) => {
    const learned = mean[cellOf[r]] / mass[cellOf[r]];
    return sum + (share / total) * (weights[r] - learned) ** 2;
  }, 0);
}

describe("prepareSharingLoss", () => {
  it.each([
    [0, 0.1],
    [0.8, 0.5],
    [1.1, 2],
    [1.1, 20],
    [0.5, 200],
  ])("is what rows lose that share cells at random (power law %f, %f rows a cell)", (alpha, rows) => {
    const cells = 20_000 / rows;

    const simulated = simulatedLoss(20_000, cells, alpha);

    const [loss] = prepareSharingLoss([{ name: "t", rows: 20_000, lookups: 1 }], { cols: 1, alpha })(cells);
    // The ten most frequent rows have up to a third of the lookups; one draw of their weights moves the sum by a tenth.
    expect(simulated).toBeGreaterThan(loss * 0.9);
    expect(simulated).toBeLessThan(loss * 1.1);
  });

  it("does not depend on how often all tables are looked up together", () => {
    const demands = (factor: number) => [
      { name: "a", rows: 100, lookups: factor },
      { name: "b", rows: 5000, lookups: 3 * factor },
    ];

    const [once, often] = [1, 1000].map((factor) =>
      prepareSharingLoss(demands(factor), { cols: 4, alpha: 1.1 })(2000),
    );

    // A thousand is no power of two, so that the grid of the transform lies elsewhere; its sums agree to eight digits.
    often.forEach((loss, t) => {
      expect(Math.abs(loss - once[t])).toBeLessThan(1e-8);
    });
  });

  it("falls from all to nothing as cells are added", () => {
    const loss = prepareSharingLoss([{ name: "t", rows: 1000, lookups: 2 }], { cols: 8, alpha: 1.1 });

    const losses = Array.from({ length: 240 }, (_, i) => loss(2 ** (i / 4))[0]);

    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(losses[0]).toBeGreaterThan(0.99);
    expect(losses[0]).toBeLessThanOrEqual(1);
    expect(losses.at(-1)).toBeLessThan(1e-9);
  });
});

describe("planTables", () => {
  const options: PlanOptions = {
    tables: [{ name: "item", rows: 1000, lookups: 1 }],
    cols: 16,
    budgetBytes: 1e6,
    widths: [4, 8],
    sharing: "robe",
    blockCols: 8,
    alpha: 1.1,
  };

  it.each([
    ["tables", { tables: [] }],
    ["widths", { widths: [] }],
    ["rows of item", { tables: [{ name: "item", rows: 0, lookups: 1 }] }],
    ["lookups of item", { tables: [{ name: "item", rows: 5, lookups: 0 }] }],
    ["blockCols", { blockCols: 5 }],
    ["alpha", { alpha: Number.NaN }],
    ["budgetBytes", { budgetBytes: Number.NaN }],
    ["cols", { cols: 0 }],
  ])("refuses %s that make no sense", (what, changes) => {
    expect(() => planTables({ ...options, ...changes })).toThrow(`planTables: ${what} is`);
  });

  it("refuses more tables than a model can have before it sorts them", () => {
    const tables = Array.from({ length: 5000 }, () => options.tables[0]);

    expect(() => planTables({ ...options, tables })).toThrow("MAX_TABLES");
  });

  it("weighs a table by how often it is looked up", () => {
    const tables = [
      { name: "rare", rows: 1000, lookups: 0.01 },
      { name: "often", rows: 1001, lookups: 100 },
    ];

    const plan = planTables({ ...options, tables, budgetBytes: 25_000, widths: [4, 8, 16], sharing: "none" });

    // Both at 8 bits take 32,024 bytes, so both get 4: the longer one cannot have more than the shorter.
    expect(plan.tables.map(({ bits }) => bits)).toEqual([8, 4]);
  });
});
