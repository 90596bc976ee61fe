import { expect, test } from "vitest";
import { runCases } from "../kit/check-kernels.mjs";
import { summaryText } from "../kit/summary.mjs";

const NOTHING = { adapter: undefined, copy: undefined, conformance: undefined, benches: [], torch: [] };
const rate = { median: 1000, best: 2000 };
const bench = { name: /** @type {const} */ ("train"), shape: "demo", batch: 8, bits: 32, rows: 10 };

test("the summary gives bytes of rows as a share of the copy, of PyTorch's with the same rows", () => {
  const timings = [{ mode: /** @type {const} */ ("train"), batch: 8, samplesPerSecond: rate }];

  const text = summaryText({
    ...NOTHING,
    copy: { name: "copy", result: { gigabytesPerSecond: { median: 0.5, best: 1 } } },
    benches: [{ name: "b", result: { ...bench, rowBytesPerSample: 1e4, samplesPerSecond: rate } }],
    torch: [{ name: "t", result: { shape: "demo", version: "2.9", device: "a card", timings } }],
  });

  // 1000 samples of 10 kB are 10 MB a second, a hundredth of 1 GB.
  expect(text).toContain("| train | demo | 8 | dqrm | FP32 | 1,000 | 2,000 | 0.0100 | 1.00 % |");
  expect(text).toContain("| train | demo | 8 | PyTorch 2.9 | FP32 | 1,000 | 2,000 | 0.0100 | 1.00 % |");
});

test("the summary says what did not run and why, and that nothing was timed", () => {
  const text = summaryText({ ...NOTHING, torch: [{ name: "torch-demo", failed: "no module torch" }] });

  expect(text).toContain("Nothing was timed.");
  expect(text).toContain("- torch-demo: no module torch");
  expect(text).toContain("Copy bandwidth: not measured.");
});

test("the summary warns that a software driver is no card", () => {
  const facts = { vendor: "v", architecture: "a", device: "d", description: "", software: true, limits: {} };

  expect(summaryText({ ...NOTHING, adapter: { name: "adapter", result: facts } })).toContain(
    "no figure here says anything of a GPU",
  );
});

test("cases run without a test runner are counted, and those that throw are named", () => {
  const wrong = () => {
    throw new Error("off by one");
  };
  const good = () => undefined;

  const counts = runCases([
    { name: "a", run: good },
    { name: "b", run: wrong },
    { name: "c", skip: "declined", run: wrong },
  ]);

  expect(counts).toEqual({ passed: 1, skipped: 1, failed: [{ name: "b", reason: "off by one" }] });
});
