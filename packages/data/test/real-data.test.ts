import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  columnNames,
  encode,
  featureRows,
  prepareDataset,
  RECOMMENDED_FIT,
  type DatasetSchema,
  type PreparedDataset,
  type SplitSpec,
} from "@dqrm/data";
import { csvSource, inferFileSchema } from "@dqrm/data/node";
import { readSamples } from "./read-samples.ts";

const excerpt = (name: string): string => fileURLToPath(new URL(`data/${name}`, import.meta.url));
const whole = (name: string): string =>
  fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));
const halves: SplitSpec = { kind: "temporal", validation: 0.25, test: 0.25 };

async function prepare(path: string, schema: DatasetSchema, split: SplitSpec): Promise<PreparedDataset> {
  return prepareDataset(csvSource([path], schema), {
    split,
    fit: RECOMMENDED_FIT,
    fitOn: "training",
    encode: (rows, preprocessing) => encode(rows, preprocessing, { maxMemoryBytes: 1e9 }),
  });
}

describe("Open Bandit", () => {
  const path = excerpt("open-bandit-random-men-400.csv.gz");

  test("its schema is inferred: the row number is ignored, hashes are categories, affinities are numbers", async () => {
    const schema = await inferFileSchema(path, {});

    expect(columnNames(schema, "label", "ignored", "timestamp")).toEqual(["", "timestamp", "click"]);
    expect(columnNames(schema, "categorical")).toEqual([
      "item_id",
      "position",
      "user_feature_0",
      "user_feature_1",
      "user_feature_2",
      "user_feature_3",
    ]);
    expect(columnNames(schema, "numeric")).toHaveLength(35);
  });

  test("400 impressions with 2 clicks become samples by time", async () => {
    const { dataset, parts } = await prepare(path, await inferFileSchema(path, {}), halves);

    expect([parts.train.samples, parts.validation.samples, parts.test.samples]).toEqual([200, 100, 100]);
    expect(readSamples(dataset).filter(({ label }) => label === 1)).toHaveLength(2);
    expect(dataset.features[0].rows).toBeLessThanOrEqual(34 + 1);
  });
});

describe("Adult", () => {
  test("its schema is inferred: six numbers and eight categories", async () => {
    const schema = await inferFileSchema(excerpt("adult-train-400.csv"), {});

    expect(columnNames(schema, "label")).toEqual(["income"]);
    expect(columnNames(schema, "numeric")).toEqual([
      "age",
      "fnlwgt",
      "education_num",
      "capital_gain",
      "capital_loss",
      "hours_per_week",
    ]);
    expect(columnNames(schema, "categorical")).toHaveLength(8);
  });

  test("what was fitted on the training file encodes the test file", async () => {
    const schema = await inferFileSchema(excerpt("adult-train-400.csv"), {});
    const { preprocessing, dataset } = await prepare(excerpt("adult-train-400.csv"), schema, {
      kind: "given",
      train: 400,
      validation: 0,
      test: 0,
    });

    const source = csvSource([excerpt("adult-test-200.csv")], schema);
    const tested = await encode(source, preprocessing, { maxMemoryBytes: 1e9 });

    expect(tested.samples).toBe(200);
    expect(tested.features).toEqual(dataset.features);
    // 94 of the 400 excerpted people earn more than 50 000 dollars.
    expect(readSamples(dataset).filter(({ label }) => label === 1)).toHaveLength(94);
  });
});

const adult = whole("adult/train.csv.gz");
test.skipIf(!existsSync(adult))(
  "the whole Adult training file is read (skipped where ../shared/data is absent)",
  async () => {
    const schema = await inferFileSchema(adult, {});

    const { dataset, preprocessing } = await prepare(adult, schema, halves);

    expect(dataset.samples).toBe(32_561);
    expect(Math.max(...preprocessing.features.map(featureRows))).toBeLessThan(50);
  },
);

test.skipIf(!existsSync(whole("open-bandit")))(
  "the four whole Open Bandit logs are read (skipped where ../shared/data is absent)",
  async () => {
    const files = ["random/men", "random/women", "bts/men", "bts/women"].map((n) =>
      whole(`open-bandit/${n}.csv.gz`),
    );

    for (const file of files) {
      const { dataset, parts } = await prepare(file, await inferFileSchema(file, {}), halves);
      expect(dataset.samples).toBe(10_000);
      expect(parts.test.samples).toBe(2500);
    }
  },
);
