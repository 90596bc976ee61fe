import { defineKernels, reference, type KernelBackend } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { call, done, failure, lastJson } from "./call.ts";
import { fakeKernels, fused, plugin } from "./fake-kernels.ts";

const SMALL = ["--shape", "demo", "--limit-rows", "500", "--batch", "8", "--rounds", "3", "--steps", "5"];
const NUMBER: unknown = expect.any(Number);
const TEXT: unknown = expect.any(String);
const RATE_FIELDS = { median: NUMBER, best: NUMBER };

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
      barrierNanoseconds: { least: 80, most: 80 },
      stages: { lookup: 0.25, products: 0.75 },
      peakRssBytes: 12_345_678,
      validation: { before: { share: 0 }, after: { share: 0 } },
    });
    // The clock of the test moves by 20 seconds between two looks: a call, or a group of calls, takes that long.
    const { flopsPerSample, rooflineFraction, rowBytesPerSample, rowGigabytesPerSecond, samplesPerSecond } =
      result;
    expect(samplesPerSecond).toEqual({ median: 8 / 20, best: 8 / 20 });
    const rowRate = (Number(rowBytesPerSample) * (8 / 20)) / 1e9;
    expect(rowGigabytesPerSecond).toEqual({ median: rowRate, best: rowRate });
    const share = ((8 / 20) * Number(flopsPerSample)) / 20e9;
    expect(rooflineFraction).toEqual({ median: share, best: share });
  });

  test("prints a table without --json, and what the kernels do not know as such", async () => {
    const { out } = await done(["bench", name, ...SMALL]);

    expect(out).toMatch(/kernels +reference \(javascript, 1 thread\)/);
    expect(out).toMatch(/share of roofline +left out: the kernels know no peak/);
    expect(out).not.toMatch(/^peaks/m);
    expect(out).toMatch(/stages +not measured by this plan/);
  });

  test("leaves out the roofline of kernels that know nothing of what they run on, and says so", async () => {
    const { ops, plans } = fused();
    const options = { importModule: plugin(defineKernels("fused", ops, plans)) };
    const flags = ["bench", name, ...SMALL, "--kernels", "fused"];

    const { out } = await done(flags, options);
    const result = lastJson(await done([...flags, "--json"], options));

    expect(out).toMatch(/kernels +fused \(1 thread\)/);
    expect(out).toMatch(/share of roofline +left out/);
    expect(result).toMatchObject({ isa: null, fmaPeakGflops: null, rooflineFraction: null });
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
  ["infer", "--shape", "adult", "Allowed choices are kaggle, terabyte, mlperf, demo"],
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
