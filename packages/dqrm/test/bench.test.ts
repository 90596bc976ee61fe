import {
  compileInference,
  compileTraining,
  createKernels,
  defineKernels,
  KERNEL_ABI,
  reference,
  type KernelBackend,
} from "@dqrm/core";
import { buildModelSpec } from "@dqrm/dlrm";
import { describe, expect, test } from "vitest";
import { indexFiller } from "../src/bench/batch-ring.ts";
import { median, quantile } from "../src/bench/meters.ts";
import { createBits, fillBytes, fillUniform } from "../src/bench/noise.ts";
import { inferenceWork, rooflineRate, trainingWork } from "../src/bench/roofline.ts";
import { SHAPES } from "../src/bench/shapes.ts";
import type { ImportModule } from "../src/pipeline/choose-kernels.ts";
import { call, done, failure, lastJson } from "./call.ts";
import { fakeKernels } from "./fake-kernels.ts";

const SMALL = ["--shape", "demo", "--limit-rows", "500", "--batch", "8", "--rounds", "3", "--steps", "5"];
const NUMBER: unknown = expect.any(Number);
const TEXT: unknown = expect.any(String);
const RATE_FIELDS = { median: NUMBER, best: NUMBER };

/** A plugin with one backend. */
function plugin(backend: KernelBackend): ImportModule {
  const card = { name: backend.name, abi: KERNEL_ABI, load: () => Promise.resolve(backend) };
  return () => Promise.resolve({ card });
}

/** A backend that compiles plans of reference kernels under its own name, and tells the time of two stages. */
function fused(ops: KernelBackend["ops"] = {}): KernelBackend {
  const kernels = createKernels([defineKernels("inner", ops), reference]);
  const stageSeconds = (): Record<string, number> => ({ lookup: 1, products: 3 });
  return defineKernels(
    "fused",
    ops,
    {
      training(spec, state, options) {
        const plan = compileTraining(spec, state, kernels, options);
        return {
          backend: "fused",
          gradients: plan.gradients,
          step: (batch, rate) => plan.step(batch, rate),
          forwardBackward: (batch) => plan.forwardBackward(batch),
          apply: (rate) => plan.apply(rate),
          infer: (batch, dst) => plan.infer(batch, dst),
          sync: () => plan.sync(),
          reload: () => plan.reload(),
          stageSeconds,
        };
      },
      inference: (model, options) => ({
        ...compileInference(model, kernels, options),
        backend: "fused",
        stageSeconds,
      }),
    },
    { machine: { isa: "paper", threads: 2, fmaGigaflops: (n) => 10 * n, readGigabytes: (n) => 8 * n } },
  );
}

/** Multiplies what a kernel wrote by a little more than rounding explains. */
const WRONG = 1.01;
const wrongLinear: KernelBackend["ops"] = {
  linear(spec) {
    const exact = reference.ops.linear?.(spec);
    return (
      exact &&
      ((x, weight, bias, y, begin, end) => {
        exact(x, weight, bias, y, begin, end);
        for (let i = begin * spec.outputs; i < end * spec.outputs; i++) y[i] *= WRONG;
      })
    );
  },
};

describe.each([
  ["train", 32],
  ["infer", 4],
] as const)("dqrm bench %s", (name, bits) => {
  test("prints every field, and shares that follow from the rates and peaks", async () => {
    const outcome = await done(["bench", name, ...SMALL, "--kernels", "fused", "--json"], {
      importModule: plugin(fused()),
    });

    const result = lastJson(outcome);
    expect(result).toMatchObject({
      name,
      backend: "fused",
      isa: "paper",
      threads: 2,
      shape: "demo",
      rows: 10 + 100 + 6 * 500,
      batch: 8,
      bits,
      products: "float32",
      samplesPerSecond: RATE_FIELDS,
      rooflineFraction: RATE_FIELDS,
      microsecondsPerCall: { p50: NUMBER, p99: NUMBER, best: NUMBER },
      fmaPeakGflops: 20,
      readGigabytesPerSecond: 16,
      stages: { lookup: 0.25, products: 0.75 },
      peakRssBytes: 12_345_678,
      validation: { before: { share: 0 }, after: { share: 0 } },
    });
    // The clock of the test moves by 20 seconds between two looks: a call, or a group of calls, takes that long.
    const { flopsPerSample, rooflineFraction, samplesPerSecond } = result;
    expect(samplesPerSecond).toEqual({ median: 8 / 20, best: 8 / 20 });
    const share = ((8 / 20) * Number(flopsPerSample)) / 20e9;
    expect(rooflineFraction).toEqual({ median: share, best: share });
  });

  test("prints a table without --json, and what the kernels do not know as such", async () => {
    const { out } = await done(["bench", name, ...SMALL]);

    expect(out).toMatch(/kernels +reference \(javascript, 1 thread\)/);
    expect(out).toMatch(/share of roofline +the kernels know no peak/);
    expect(out).toMatch(/stages +not measured by this plan/);
  });

  test("takes multi-hot weighted bags, uniform rows, and other bits for the layers", async () => {
    const more = ["--pooling", "3", "--weighted", "--index", "uniform", "--bits", "8", "--mlp-bits", "32"];

    const result = lastJson(await done(["bench", name, ...SMALL, ...more, "--json"]));

    expect(result).toMatchObject({ pooling: 3, weighted: true, index: "uniform", bits: 8, mlpBits: 32 });
  });

  test("refuses tables that do not fit into free memory before it allocates them", async () => {
    const { code, line, out } = await failure(["bench", name, "--shape", "terabyte", "--bits", "32"]);

    expect([code, out]).toEqual([1, ""]);
    expect(line).toMatch(
      /^error LIMIT: bytes that this benchmark needs \(\d{11} for the tables; --limit-rows caps them\) is \d+, more than free memory = 1000000000 allows/,
    );
  });

  test("ends with an error when the results are not the reference's", async () => {
    const { code, err, out } = await call(["bench", name, ...SMALL, "--kernels", "fused"], {
      importModule: plugin(fused(wrongLinear)),
    });

    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/error STATE: bench \w+: it is .*, expected \w+\[\d+\] within .* of the reference's/);
  });

  test("says when no kernels have the products that were asked for", async () => {
    const { line } = await failure(["bench", name, ...SMALL, "--products", "bfloat16"]);

    expect(line).toMatch(/^error UNSUPPORTED: .*products in bfloat16/);
  });
});

test("bench train checks that scales of every step are those of a full scan", async () => {
  const stale: KernelBackend["ops"] = {
    rangeAbsmax(spec) {
      const exact = reference.ops.rangeAbsmax?.(spec);
      // Right for the small model, whose tables have at most 500 rows and are compared with the reference.
      return exact && ((table, rows, range) => exact(table, rows, range) * (rows > 1000 ? WRONG : 1));
    },
  };
  const flags = [...SMALL.filter((flag) => !/limit|500/.test(flag)), "--limit-rows", "2000", "--bits", "4"];
  const scaled = ["bench", "train", ...flags, "--kernels", "fused"];

  const right = await call(scaled, { importModule: plugin(fused()) });
  const wrong = await call(scaled, { importModule: plugin(fused(stale)) });

  expect([right.code, wrong.code]).toEqual([0, 1]);
  expect(wrong.err).toContain("expected the scale");
});

test.each([
  ["periodic:20", { kind: "periodic", periodSteps: 20 }],
  ["every-step", { kind: "every-step" }],
])("bench train takes --scale %s", async (text, scale) => {
  const args = ["bench", "train", ...SMALL, "--bits", "4", "--scale", text, "--optimizer", "rowwise-adagrad"];

  expect(lastJson(await done([...args, "--json"]))).toMatchObject({ scale, optimizer: "rowwise-adagrad" });
});

test.each([
  ["train", "--scale", "sometimes", "expected every-step or periodic:STEPS"],
  ["train", "--bits", "9", "expected 1, 2, 3, 4, 5, 6, 7, 8, 16 or 32"],
  ["train", "--products", "int8", "Allowed choices are float32, bfloat16"],
  ["infer", "--shape", "adult", "Allowed choices are kaggle, terabyte, demo"],
  ["infer", "--pooling", "101", "expected a whole number in [1, 100]"],
  ["lookup", "--bits", "32", "expected 1, 2, 3, 4, 5, 6, 7, 8, 16"],
])("bench %s %s %s is a wrong call", async (name, flag, value, message) => {
  const { code, line } = await failure(["bench", name, flag, value]);

  expect(code).toBe(2);
  expect(line).toContain(message);
});

describe("dqrm bench kernels", () => {
  const args = ["bench", "kernels", "--samples", "2,9", "--rounds", "2"];

  test("times three products of each layer as shares of the peak", async () => {
    const { importModule } = fakeKernels(1);

    const result = lastJson(await done([...args, "--kernels", "fake", "--json"], { importModule }));

    expect(result).toMatchObject({
      name: "kernels",
      backend: "fake",
      isa: "paper",
      threads: 1,
      fmaPeakGflops: 10,
    });
    // One call takes the 20 seconds by which the clock moves between two looks.
    const gflops = (2 * 9 * 512 * 256) / 20 / 1e9;
    expect(result["products"]).toHaveLength(3 * 2 * 2);
    expect(result["products"]).toContainEqual({
      op: "linearBackwardInput",
      backend: "fake",
      samples: 9,
      inputs: 512,
      outputs: 256,
      gflops: { median: gflops, best: gflops },
      share: { median: gflops / 10, best: gflops / 10 },
    });
    const most = (2 * 9 * 367 * 512) / 20 / 1e9 / 10;
    expect(result["bestShares"]).toEqual({
      linear: most,
      linearBackwardInput: most,
      linearBackwardWeight: most,
    });
  });

  test("says who was skipped, and has no shares without a peak", async () => {
    const json = lastJson(await done([...args, "--json"]));
    const { out } = await done(args);

    expect(json).toMatchObject({ bestShares: null, skipped: { native: TEXT } });
    expect(out).toContain("one thread, peak unknown");
  });

  test("ends with an error when a sum is wrong", async () => {
    const { code, err } = await call([...args, "--kernels", "fused"], {
      importModule: plugin(fused(wrongLinear)),
    });

    expect(code).toBe(1);
    expect(err).toContain("error STATE: bench kernels: it is ");
  });
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
    const ops: KernelBackend["ops"] = {
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
    };

    const { code, err } = await call([...args, "--kernels", "off"], {
      importModule: plugin(defineKernels("off", ops)),
    });

    expect(code).toBe(1);
    expect(err).toContain("error STATE: bench lookup");
  });
});

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
