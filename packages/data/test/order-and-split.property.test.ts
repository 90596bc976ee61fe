import { describe, expect, test } from "vitest";
import fc from "fast-check";
import {
  batches,
  createPermutation,
  memoryDataset,
  splitDataset,
  trainingSamples,
  type SplitSpec,
} from "@dqrm/data";
import { drain, numbered } from "./numbered-dataset.ts";

const runs = { seed: 1, numRuns: 200 };
const key = fc.record({ seed: fc.integer(), stream: fc.nat() });

describe("createPermutation", () => {
  test("every number has exactly one position, for any length and key", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), key, (length, k) => {
        const order = createPermutation(length, k);

        const seen = new Set(Array.from({ length }, (_, i) => order.at(i)));

        expect(seen.size).toBe(length);
        const outside = [...seen].filter((number) => !(number >= 0 && number < length));
        expect(outside).toEqual([]);
        expect(Array.from({ length }, (_, i) => order.positionOf(order.at(i)))).toEqual([
          ...Array(length).keys(),
        ]);
      }),
      runs,
    );
  });

  test("every length up to 300 is permuted", () => {
    for (let length = 0; length <= 300; length++) {
      const order = createPermutation(length, { seed: length, stream: 1 });
      const sorted = Array.from({ length }, (_, i) => order.at(i)).sort((a, b) => a - b);
      expect(sorted).toEqual(Array.from({ length }, (_, i) => i));
    }
  });
});

describe("batches", () => {
  test("each sample comes once, and resuming gives the same batches as not stopping", () => {
    const cases = fc.record({
      samples: fc.integer({ min: 0, max: 200 }),
      batchSize: fc.integer({ min: 1, max: 64 }),
      key,
      stop: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ samples, batchSize, key: k, stop }) => {
        const dataset = numbered(samples);
        const order = { kind: "shuffled", key: k } as const;
        const count = Math.ceil(samples / batchSize);
        const firstBatch = Math.floor(stop * count);

        const whole = drain(dataset, { batchSize, order, firstBatch: 0 });
        const rest = drain(dataset, { batchSize, order, firstBatch });

        expect([...whole].sort((a, b) => a - b)).toEqual(Array.from({ length: samples }, (_, i) => i));
        expect(rest).toEqual(whole.slice(firstBatch * batchSize));
      }),
      runs,
    );
  });
});

const specs = fc.oneof<[fc.Arbitrary<SplitSpec>, fc.Arbitrary<SplitSpec>, fc.Arbitrary<SplitSpec>]>(
  fc.record({
    kind: fc.constant("criteo"),
    days: fc.integer({ min: 1, max: 30 }),
    randomize: fc.record({ kind: fc.constantFrom("none", "day", "total"), seed: fc.integer() }),
  }),
  fc.record({
    kind: fc.constant("random"),
    seed: fc.integer(),
    validation: fc.double({ min: 0, max: 0.5, noNaN: true }),
    test: fc.double({ min: 0, max: 0.5, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant("temporal"),
    validation: fc.double({ min: 0, max: 0.5, noNaN: true }),
    test: fc.double({ min: 0, max: 0.5, noNaN: true }),
  }),
);

describe("splitDataset", () => {
  test("the three parts cover every sample exactly once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), specs, (samples, spec) => {
        const parts = splitDataset(numbered(samples), spec);

        const inFileOrder = { batchSize: 32, order: { kind: "file" }, firstBatch: 0 } as const;
        const all = [parts.train, parts.validation, parts.test].flatMap((part) => drain(part, inFileOrder));

        expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: samples }, (_, i) => i));
      }),
      runs,
    );
  });

  test("what trains is known before the dataset exists", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), specs, (samples, spec) => {
        const inFileOrder = { batchSize: 32, order: { kind: "file" }, firstBatch: 0 } as const;
        const trained = drain(splitDataset(numbered(samples), spec).train, inFileOrder);

        const trains = trainingSamples({ rows: samples }, spec);

        expect([...Array(samples).keys()].filter(trains)).toEqual(trained.sort((a, b) => a - b));
      }),
      runs,
    );
  });

  test("a temporal split by an unsorted time column puts the latest samples into test", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 60 }), (times) => {
        const dataset = memoryDataset({
          denseFeatures: 0,
          features: [],
          dense: new Float32Array(0),
          labels: Float32Array.from(times),
          columns: [],
          timestamps: Float64Array.from(times),
        });

        const parts = splitDataset(dataset, { kind: "temporal", validation: 0.2, test: 0.3 });

        const order = { kind: "file" } as const;
        const labels = [parts.train, parts.validation, parts.test].flatMap((part) =>
          Array.from(batches(part, { batchSize: 7, order, firstBatch: 0 }), ({ size, labels: values }) => [
            ...values.subarray(0, size),
          ]).flat(),
        );
        expect(labels).toEqual([...times].sort((a, b) => a - b));
      }),
      runs,
    );
  });
});
