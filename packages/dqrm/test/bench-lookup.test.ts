import { allocateRows, defineKernels, reference } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { serveLookups } from "../src/bench/lookup-workers.ts";
import { built, call, done, lastJson } from "./call.ts";
import { fused, plugin } from "./fake-kernels.ts";

/** Kernels that look rows up, all but the first column right. */
const WRONG = defineKernels("off", {
  embeddingBagPacked(spec) {
    const exact = reference.ops.embeddingBagPacked?.(spec);
    return (
      exact &&
      ((table, bags, dst, begin, end) => {
        exact(table, bags, dst, begin, end);
        dst[0] += 1;
      })
    );
  },
});

describe("dqrm bench lookup", () => {
  const args = ["bench", "lookup", "--rows", "1000", "--rounds", "2", "--steps", "3"];

  test("counts rows by the op, and through a plan where a backend compiles one", async () => {
    const result = lastJson(
      await done([...args, "--kernels", "fused", "--json"], { importModule: plugin(fused()) }),
    );

    expect(result).toMatchObject({ name: "lookup", rows: 1000, codeBytes: 8000, readGigabytesPerSecond: 16 });
    const rate = (26 * 1260) / 20 / 1e6 / 0.25;
    expect(result["lookups"]).toMatchObject([
      { through: "op", backend: "reference", threads: 1, pooling: 1, stageMegarowsPerSecond: null },
      { through: "op", backend: "reference", threads: 1, pooling: 32 },
      // A call of 26 tables and ⌊2·16384/26⌋ samples takes the 20 seconds by which the clock moves, a quarter of it lookups.
      {
        through: "plan",
        backend: "fused",
        threads: 2,
        pooling: 1,
        stageMegarowsPerSecond: { median: rate, best: rate },
      },
      { through: "plan", backend: "fused", threads: 2, pooling: 32 },
    ]);
  });

  test("times the op alone where no backend compiles a plan", async () => {
    const { out } = await done([...args, "--poolings", "2"]);

    expect(out).toContain("1,000 rows of 16 INT4 codes (8.0 kB)");
    expect(out).toMatch(/op +reference +1 +2 /);
    expect(out).not.toContain("plan");
  });

  test("ends with an error when a sum is wrong", async () => {
    const { code, err } = await call([...args, "--kernels", "off"], { importModule: plugin(WRONG) });

    expect(code).toBe(1);
    expect(err).toContain("error STATE: bench lookup");
  });

  test("refuses results of a worker thread that are wrong", async () => {
    const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
    const table = { ...allocateRows(format, 100), scale: Float32Array.of(1) };
    const gate = new Int32Array(3);
    const task = { table, pooling: 2, index: "zipf", seed: 1, kernels: "off", rounds: 0, gate } as const;

    const loaded: string[] = [];
    const failed = serveLookups(task, plugin(WRONG), (backend) => loaded.push(backend));

    await expect(failed).rejects.toMatchObject({ code: "STATE" });
    expect(loaded).toEqual([]);
  });

  test.skipIf(!built)(
    "lets worker threads share a table (skipped where packages/dqrm/dist is absent)",
    async () => {
      const outcome = await done([...args, "--kernels", "reference", "--workers", "2", "--json"]);

      const { lookups } = lastJson(outcome);
      // Two workers look 16 calls of 16,384 rows up in the 20 seconds by which the clock of the test moves.
      const rate = (2 * 16 * 16_384) / 20 / 1e6;
      const near: unknown = expect.closeTo(rate);
      const megarowsPerSecond = { median: near, best: near };
      expect(lookups).toMatchObject([
        { through: "op", pooling: 1 },
        { through: "op", pooling: 32 },
        { through: "workers", backend: "reference", threads: 2, pooling: 1, megarowsPerSecond },
        { through: "workers", backend: "reference", threads: 2, pooling: 32, megarowsPerSecond },
      ]);
    },
  );
});
