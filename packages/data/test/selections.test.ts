import { describe, expect, test } from "vitest";
import {
  countRows,
  criteoRowsSource,
  csvRowsSource,
  DLRM_FIT,
  dropNegatives,
  encode,
  fitPreprocessing,
  inferSchema,
  inSections,
  prepareDataset,
  RECOMMENDED_FIT,
  splitDataset,
  type CategoryOptions,
  type DataSource,
} from "@dqrm/data";
import { textInput } from "./byte-input.ts";
import { generateCriteoLines } from "./criteo-lines.ts";
import { readRows } from "./read-rows.ts";
import { readSamples } from "./read-samples.ts";

const roomy = { maxMemoryBytes: 1e9 };
const criteo = (...lines: readonly string[]): DataSource =>
  criteoRowsSource([textInput("a", lines.join("\n"))]);
const everything: CategoryOptions = { kind: "vocabulary", minCount: 1, hashRows: 0, maxIndexRange: 0 };

async function csv(text: string): Promise<DataSource> {
  return csvRowsSource([textInput("a", text)], await inferSchema(textInput("a", text), {}));
}

describe("selections of rows", () => {
  const lines = generateCriteoLines(3000, 11);
  const source = criteo(...lines.map(({ text }) => text));

  test("dropping negatives keeps every positive and the same negatives in every pass", async () => {
    const dropped = dropNegatives(source, { rate: 0.875, seed: 4 });

    const rows = await readRows(dropped);

    const positives = lines.filter(({ label }) => label === 1).length;
    const negatives = lines.length - positives;
    expect(rows.filter(({ label }) => label === 1)).toHaveLength(positives);
    const kept = rows.length - positives;
    // Six standard deviations of a binomial count.
    expect(Math.abs(kept - negatives / 8)).toBeLessThan(6 * Math.sqrt((negatives * 7) / 64));
    expect(await readRows(dropped)).toEqual(rows);
    for (const row of rows) expect(row.numeric).toEqual(lines[row.line - 1].integers);
  });

  test("rows are divided into sections of given lengths", async () => {
    const { sections, rows } = await countRows(inSections(source, [10, 0, 2500, 490]));

    expect(sections).toEqual([10, 0, 2500, 490]);
    expect(rows).toBe(3000);
    expect(await readRows(inSections(source, [10, 0, 2500, 490]))).toEqual(await readRows(source));
  });

  test("preparing fits on the training part and splits as DLRM does, days before dropping", async () => {
    const prepared = await prepareDataset(source, {
      split: { kind: "criteo", days: 7 },
      fit: RECOMMENDED_FIT,
      fitOn: "training",
      drop: { rate: 0.5, seed: 1 },
      encode: (rows, preprocessing) => encode(rows, preprocessing, roomy),
    });

    const days = inSections(source, [429, 429, 429, 429, 428, 428, 428]);
    const { sections, rows } = await countRows(dropNegatives(days, { rate: 0.5, seed: 1 }));
    const { train, validation, test: tested } = prepared.parts;
    expect(prepared.dataset.sections).toEqual(sections);
    expect(train.samples).toBe(rows - sections[6]);
    expect([tested.samples, validation.samples]).toEqual([
      Math.ceil(sections[6] / 2),
      Math.floor(sections[6] / 2),
    ]);
    const trainRows = dropNegatives(criteo(...lines.slice(0, 2572).map(({ text }) => text)), {
      rate: 0.5,
      seed: 1,
    });
    expect(prepared.preprocessing).toEqual(await fitPreprocessing(trainRows, RECOMMENDED_FIT));
  });

  test("files are the days when there are as many of them", async () => {
    const files = [3, 5, 4].map((count, day) => {
      const text = generateCriteoLines(count, day).map((line) => line.text);
      return textInput(`day_${day}`, text.join("\n"));
    });

    const prepared = await prepareDataset(criteoRowsSource(files), {
      split: { kind: "criteo", days: 3 },
      fit: DLRM_FIT,
      fitOn: "all",
      encode: (rows, preprocessing) => encode(rows, preprocessing, roomy),
    });

    const { train, validation, test: tested } = prepared.parts;
    expect([train.samples, validation.samples, tested.samples]).toEqual([8, 2, 2]);
  });

  test("a time column sorts a temporal split", async () => {
    const timed = await csv("y,day,x\n1,2024-01-03,3.5\n0,2024-01-01,1.5\n1,2024-01-02T10:00:00Z,2.5\n");

    const { parts, dataset } = await prepareDataset(timed, {
      split: { kind: "temporal", validation: 1 / 3, test: 1 / 3 },
      fit: { dense: { transform: "none", standardize: false, missingFlags: false }, categories: everything },
      fitOn: "training",
      encode: (rows, preprocessing) => encode(rows, preprocessing, roomy),
    });

    // 2024-01-01 is day 19723 since 1970
    expect([...(dataset.timestamps ?? [])]).toEqual(
      [19_725, 19_723, 19_724 + 10 / 24].map((day) => day * 86_400),
    );
    expect(readSamples(parts.train)[0].dense).toEqual([1.5]);
    expect(readSamples(parts.validation)[0].dense).toEqual([2.5]);
    expect(readSamples(parts.test)[0].dense).toEqual([3.5]);
    expect(() => splitDataset(dataset, { kind: "temporal", validation: 0.9, test: 0.2 })).toThrow(
      "validation + test",
    );
  });
});

test("rows to predict need neither label nor time", async () => {
  const schema = await inferSchema(textInput("a", "y,day,x\n1,2024-01-03,3.5\n"), {});
  const trained = csvRowsSource([textInput("a", "y,day,x\n1,2024-01-03,3.5\n")], schema);
  const preprocessing = await fitPreprocessing(trained, DLRM_FIT);

  const served = csvRowsSource([textInput("b", "x\n3.5\n")], schema, { labels: "detect" });
  const dataset = await encode(served, preprocessing, roomy);

  expect(dataset.timestamps).toBeUndefined();
  expect(readSamples(dataset)[0].dense).toEqual([Math.fround(Math.log1p(3.5))]);
});
