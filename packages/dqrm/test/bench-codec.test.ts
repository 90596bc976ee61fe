import { expect, test } from "vitest";
import { call, done, lastJson } from "./call.ts";

const SMALL = [
  "bench",
  "codec",
  "--shape",
  "demo",
  "--limit-rows",
  "500",
  "--batch",
  "32",
  "--warmup",
  "3",
  "--steps",
  "2",
];
const KERNELS = ["--kernels", "reference"];

test("bench codec measures the message of every preset, and floats come back bit for bit", async () => {
  const result = lastJson(await done([...SMALL, ...KERNELS, "--json"]));

  expect(result).toMatchObject({ name: "codec", shape: "demo", batch: 32, backend: "reference" });
  const { codecs, layerValues, rowValues, sparseFloatBytes, touchedRows } = result;
  // 4-32-16 and 52-64-32-1, with biases.
  expect(layerValues).toBe(5 * 32 + 33 * 16 + 53 * 64 + 65 * 32 + 33);
  expect(rowValues).toBe(16 * Number(touchedRows));
  expect(sparseFloatBytes).toBe(4 * (Number(layerValues) + Number(rowValues)) + 8 * Number(touchedRows));
  const rows = Array.isArray(codecs) ? codecs : [];
  expect(rows.map(({ codec }: { codec: string }) => codec)).toEqual([
    "float32",
    "int8",
    "int4",
    "onebit",
    "lowrank",
    "topk",
    "paper-int8",
  ]);
  const [float32, int8, int4, onebit] = rows.map(({ bytes }: { bytes: number }) => bytes);
  expect(float32 / int8).toBeGreaterThan(3.5);
  expect(int8).toBeGreaterThan(int4);
  expect(int4).toBeGreaterThan(onebit);
  expect(rows[0]).toMatchObject({ error: 0 });
});

test("bench codec lays its result out beside what the paper computes", async () => {
  const { out } = await done([...SMALL, ...KERNELS]);

  expect(out).toMatch(/demo, 32 samples: \d+ rows, [\d,]+ values of layers/);
  expect(out).toContain("the paper's INT8, no ids (computed)");
  expect(out).toMatch(/onebit +[\d.]+ kB +[\d.]+x/);
});

test("bench codec refuses a shape that is not known", async () => {
  const { code, err } = await call(["bench", "codec", "--shape", "moon"]);

  expect(code).toBe(2);
  expect(err).toContain("kaggle");
});
