import { buildModelSpec } from "@dqrm/dlrm";
import { describe, expect, test } from "vitest";
import { indexFiller } from "../src/bench/batch-ring.ts";
import { median, quantile } from "../src/bench/meters.ts";
import { createBits, fillBytes, fillUniform } from "../src/bench/noise.ts";
import { inferenceWork, rooflineRate, trainingWork } from "../src/bench/roofline.ts";
import { SHAPES } from "../src/bench/shapes.ts";

describe("the work of a sample of the paper's Kaggle model", () => {
  const { config, denseFeatures, rows } = SHAPES.kaggle;
  const features = rows.map((count, f) => ({ name: String(f), rows: count }));
  const spec = buildModelSpec(config, { denseFeatures, features });

  test("is 474,368 + 5,616 multiplications and additions to predict", () => {
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(33_762_577);
    expect(inferenceWork(spec, 1)).toEqual({ flops: 2 * (474_368 + 5616), bytes: 26 * 64 });
  });

  test("is three times that to train, without the gradient of the dense inputs", () => {
    const flops = 2 * (3 * (474_368 + 5616) - 13 * 512);

    expect(trainingWork(spec, 10)).toEqual({ flops, bytes: 2 * 10 * 26 * 64 });
  });

  test("is bounded by the scarcer of arithmetic and memory", () => {
    expect(rooflineRate({ flops: 1e6, bytes: 1000 }, 100, 50)).toBe(1e5);
    expect(rooflineRate({ flops: 1e6, bytes: 1e6 }, 100, 50)).toBe(5e4);
  });
});

describe("random numbers of benchmarks", () => {
  const COUNT = 100_000;

  test("stay inside their bounds and fill them", () => {
    const values = new Float32Array(COUNT);
    fillUniform(values, 0.5, 7);

    const mean = values.reduce((sum, value) => sum + value, 0) / COUNT;
    expect(Math.max(...values)).toBeLessThanOrEqual(0.5);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.5);
    // Six standard deviations of the mean of uniform numbers in [−0.5, 0.5).
    expect(Math.abs(mean)).toBeLessThan(6 / Math.sqrt(12 * COUNT));
  });

  test("fill bytes up to the last, wherever an array begins", () => {
    const bytes = new Uint8Array(1027);
    fillBytes(bytes.subarray(1), 3);

    expect(bytes[0]).toBe(0);
    expect(bytes.subarray(1, 9).some((byte) => byte > 0)).toBe(true);
    expect(new Set(bytes.subarray(1)).size).toBeGreaterThan(200);
    expect(bytes.subarray(-8).some((byte) => byte > 0)).toBe(true);
  });

  test("draw rows alike, or by Zipf's law", () => {
    const rows = 1000;
    const counted = (["uniform", "zipf"] as const).map((law) => {
      const indices = new Int32Array(COUNT);
      indexFiller(law, rows, createBits(1))(indices);
      const counts = new Array<number>(rows).fill(0);
      for (const index of indices) counts[index]++;
      return counts;
    });

    const [uniform, zipf] = counted.map((counts) => Math.max(...counts) / COUNT);
    // Ranks are e^(u·ln rows): the first takes ln 2/ln rows of the draws, six standard deviations off at most.
    const first = Math.log(2) / Math.log(rows);
    expect(Math.abs(zipf - first)).toBeLessThan(6 * Math.sqrt(first / COUNT));
    expect(Math.abs(uniform - 1 / rows)).toBeLessThan(6 * Math.sqrt(1 / rows / COUNT));
  });

  test("are summarised by the middle and the tail", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    expect([quantile([3, 1, 2], 0.99), quantile([3, 1, 2], 0)]).toEqual([3, 1]);
  });
});
