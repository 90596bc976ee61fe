import { isDqrmError } from "@dqrm/core";
import {
  buildModelSpec,
  byteReport,
  planAssignments,
  planTables,
  presets,
  quantizationLoss,
  setConfigValues,
  type PlanOptions,
  type TrainingBits,
} from "@dqrm/dlrm";
import fc from "fast-check";
import { expect, test } from "vitest";

const WIDTHS: readonly TrainingBits[] = [2, 3, 4, 5, 6, 7, 8, 16, 32];

const demands = fc
  .array(
    fc.record({
      rows: fc.integer({ min: 1, max: 200_000 }),
      lookups: fc.double({ min: 0.1, max: 20, noNaN: true }),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((tables) => tables.map((table, t) => ({ ...table, name: `t${t}` })));

const problems = fc
  .record({
    tables: demands,
    blockCols: fc.constantFrom(1, 2, 4),
    blocks: fc.constantFrom(1, 3, 8),
    widths: fc.subarray([...WIDTHS], { minLength: 1 }),
    sharing: fc.constantFrom("robe" as const, "none" as const),
    alpha: fc.double({ min: 0, max: 2, noNaN: true }),
    share: fc.double({ min: 0, max: 1.2, noNaN: true }),
  })
  .map(({ blocks, share, ...rest }): PlanOptions => {
    const cols = rest.blockCols * blocks;
    const floats = rest.tables.reduce((sum, { rows }) => sum + 4 * rows * cols, 0);
    return { ...rest, cols, budgetBytes: Math.floor(floats * share) };
  });

/** A plan, or undefined where nothing fits. */
function tryPlan(options: PlanOptions) {
  try {
    return planTables(options);
  } catch (error) {
    if (isDqrmError(error, "VALUE") && error.details.what === "budgetBytes") return undefined;
    throw error;
  }
}

function check(runs: number, property: (options: PlanOptions) => void): void {
  fc.assert(fc.property(problems, property), { seed: 7, numRuns: runs });
}

test("a plan never takes more than the budget, and its bytes are those of its parts", () => {
  check(200, (options) => {
    const plan = tryPlan(options);
    if (plan === undefined) return;

    expect(plan.bytes).toBeLessThanOrEqual(options.budgetBytes);
    const own = plan.tables.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(plan.bytes).toBe(own + (plan.shared?.bytes ?? 0));
  });
});

test("a larger budget never loses more", () => {
  check(200, (options) => {
    const small = tryPlan(options);
    if (small === undefined) return;

    const large = planTables({ ...options, budgetBytes: Math.floor(options.budgetBytes * 1.1) + 1 });

    // The sums are of at most 7 tables in one order; equal choices give equal sums.
    expect(large.loss).toBeLessThanOrEqual(small.loss);
  });
});

test("a longer table never has more bits than a shorter one, and never rows of its own where a shorter one shares", () => {
  check(200, (options) => {
    const plan = tryPlan(options);
    if (plan === undefined) return;

    const sorted = [...plan.tables].sort((a, b) => a.rows - b.rows);
    const own = sorted.filter(({ method }) => method === "table");
    expect(own).toEqual(sorted.slice(0, own.length));
    expect(own.map(({ bits }) => bits)).toEqual(own.map(({ bits }) => bits).sort((a, b) => b - a));
    for (const { method, rows } of plan.tables) {
      expect(method === "shared").toBe(plan.shared !== null && rows > plan.shared.threshold);
    }
  });
});

test("the configuration of a plan describes a model with the planned bytes and bits", () => {
  check(200, (options) => {
    const plan = tryPlan(options);
    if (plan === undefined) return;
    const { cols, tables } = options;

    const config = setConfigValues(presets.kaggle, [
      ["model.embeddingDim", String(cols)],
      ["model.bottom", `[8,${cols}]`],
      ...planAssignments(plan),
    ]);

    const report = byteReport(buildModelSpec(config, { denseFeatures: 1, features: tables }), 0);
    const bytes = report.tables.reduce((sum, table) => sum + table.bytes + table.scaleBytes, 0);
    expect(bytes).toBe(plan.bytes);
    const bitsOf = new Map(report.tables.map(({ bits, name }) => [name, bits]));
    for (const { bits, method, name } of plan.tables) {
      expect(bitsOf.get(method === "shared" ? "robe" : name)).toBe(bits);
    }
  });
});

test("a plan's loss is the mean of its tables' losses, weighted by their lookups", () => {
  check(100, (options) => {
    const plan = tryPlan(options);
    if (plan === undefined) return;

    const lookups = options.tables.reduce((sum, table) => sum + table.lookups, 0);
    const mean =
      plan.tables.reduce((sum, { loss }, t) => sum + loss * options.tables[t].lookups, 0) / lookups;

    // Between the sizes of an array for which the loss is exact it is a chord, an eighth of an octave long.
    expect(Math.abs(plan.loss - mean)).toBeLessThan(0.002);
  });
});

test("a budget that nothing fits into says what would fit, and that fits", () => {
  check(200, (options) => {
    try {
      planTables({ ...options, budgetBytes: 0 });
      expect.unreachable();
    } catch (error) {
      if (!isDqrmError(error, "VALUE")) throw error;
      const least = Number(/^at least (\d+),/.exec(error.details.expected)?.[1]);

      expect(planTables({ ...options, budgetBytes: least }).bytes).toBeLessThanOrEqual(least);
      expect(tryPlan({ ...options, budgetBytes: least - 1 })).toBeUndefined();
    }
  });
});

/** Tries every choice of widths that never grow, which planTables must not be worse than. */
function leastLoss({ budgetBytes, cols, tables, widths }: PlanOptions): number {
  const sorted = [...tables].sort((a, b) => a.rows - b.rows);
  const wide = [...widths].sort((a, b) => b - a);
  const lookups = tables.reduce((sum, table) => sum + table.lookups, 0);
  const search = (t: number, first: number, bytes: number, loss: number): number => {
    if (bytes > budgetBytes) return Infinity;
    if (t === sorted.length) return loss / lookups;
    const { lookups: weight, rows } = sorted[t];
    const tied = t > 0 && sorted[t - 1].rows === rows;
    return wide.slice(first, tied ? first + 1 : wide.length).reduce((least, bits, w) => {
      const own = bits === 32 ? 4 * rows * cols : rows * Math.ceil((cols * bits) / 8) + 4;
      return Math.min(
        least,
        search(t + 1, first + w, bytes + own, loss + weight * quantizationLoss(bits, rows * cols)),
      );
    }, Infinity);
  };
  return search(0, 0, 0, 0);
}

test("without sharing no choice of widths loses less", () => {
  check(60, (given) => {
    const options: PlanOptions = { ...given, tables: given.tables.slice(0, 5), sharing: "none" };

    const plan = tryPlan(options);

    const best = leastLoss(options);
    if (plan === undefined) expect(best).toBe(Infinity);
    // Sums of five terms in another order differ by a few roundings.
    else expect(Math.abs(plan.loss - best)).toBeLessThanOrEqual(16 * Number.EPSILON * Math.max(1, best));
  });
});

test("tables in another order get the same", () => {
  check(60, (options) => {
    const plan = tryPlan(options);
    const reversed = tryPlan({ ...options, tables: [...options.tables].reverse() });

    expect(reversed?.bytes).toBe(plan?.bytes);
    expect(reversed?.tables.map(({ bits }) => bits).reverse()).toEqual(plan?.tables.map(({ bits }) => bits));
  });
});
