import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { join } from "node:path";
import { evaluatePredictions } from "@dqrm/dlrm";
import { describe, expect, test } from "vitest";
import { done, excerpt, lastJson, scratchFolder, SMALL, wholeSet } from "./call.ts";

const ADULT = excerpt("adult-train-400.csv");
const BANDIT = excerpt("open-bandit-random-men-400.csv.gz");

interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function readTable(path: string): Table {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").trimEnd();
  const [header, ...rows] = text.split("\n").map((line) => line.split(","));
  return { header, rows };
}

function labelsOf(path: string, column: string): Float32Array {
  const { header, rows } = readTable(path);
  const at = header.indexOf(column);
  return Float32Array.from(rows, (row) => Number(row[at]));
}

async function predicted(model: string, data: string): Promise<Float32Array> {
  const { out } = await done(["predict", "--model", model, "--data", data]);
  return Float32Array.from(out.trimEnd().split("\n"), Number);
}

async function train(data: string, out: string, ...more: readonly string[]): Promise<void> {
  await done(["train", "--data", data, "--out", out, "--epochs", "2", ...SMALL, ...more]);
}

describe.each([
  ["Adult", ADULT, "income", 400],
  ["Open Bandit", BANDIT, "click", 400],
])("the main job on an excerpt of %s", (_name, data, label, rows) => {
  test("evaluate finds what metrics of the predicted lines give", async () => {
    const model = join(scratchFolder(), "model");
    await train(data, model);

    const evaluated = lastJson(await done(["evaluate", "--model", model, "--data", data, "--json"]));

    const probabilities = await predicted(model, data);
    expect(probabilities).toHaveLength(rows);
    // Nine digits give back every 32-bit float, so nothing may differ.
    expect(evaluated).toEqual(evaluatePredictions(probabilities, labelsOf(data, label)));
  });

  test("predict gives the same lines when the label column is absent", async () => {
    const folder = scratchFolder();
    const model = join(folder, "model");
    await train(data, model);
    const { header, rows: table } = readTable(data);
    const at = header.indexOf(label);
    const unlabelled = [header, ...table].map((row) => row.filter((_, c) => c !== at).join(","));
    const path = join(folder, "unlabelled.csv");
    writeFileSync(path, `${unlabelled.join("\n")}\n`);

    const without = await predicted(model, path);

    expect(without).toEqual(await predicted(model, data));
  });

  test("inspect counts every byte of the directory and of the packed tables", async () => {
    const model = join(scratchFolder(), "model");
    await train(data, model);

    const found = lastJson(await done(["inspect", model, "--json"]));

    const size = readFileSync(join(model, "model.safetensors")).length;
    expect(found).toMatchObject({ kind: "model", bytes: { total: size } });
    const text = (await done(["inspect", model])).out;
    expect(text).toContain("symmetric");
    expect(text).toContain("model.safetensors");
  });
});

test("a model of the Adult training file serves the test file, and writes it to a file by --out", async () => {
  const folder = scratchFolder();
  const model = join(folder, "model");
  await train(ADULT, model);
  const other = excerpt("adult-test-200.csv");

  const out = join(folder, "p.txt");
  const { out: said } = await done(["predict", "--model", model, "--data", other, "--out", out, "--json"]);

  expect(lastJson({ out: said })).toEqual({ samples: 200, out });
  expect(readFileSync(out, "utf8")).toBe((await done(["predict", "--model", model, "--data", other])).out);
});

test("--label names the label's column, and the schema is shown with its reasons", async () => {
  const model = join(scratchFolder(), "model");

  const { err } = await done([
    ...["train", "--data", ADULT, "--label", "sex", "--out", model, "--epochs", "1", ...SMALL],
  ]).catch((error: unknown) => ({ err: String(error) }));

  expect(err).toContain("error DATA");
  expect(err).toContain(`${ADULT}:2`);
});

const adult = wholeSet("adult/train.csv.gz");
test.skipIf(!existsSync(adult))(
  "the whole Adult set trains and ranks its test file (skipped where ../shared/data is absent)",
  async () => {
    const model = join(scratchFolder(), "model");
    const small = [
      "--set",
      "model.bottom=[16,8]",
      "--set",
      "model.top=[16,1]",
      "--set",
      "model.embeddingDim=8",
    ];
    await done(["train", "--data", adult, "--out", model, "--epochs", "1", ...small]);

    const metrics = lastJson(
      await done(["evaluate", "--model", model, "--data", wholeSet("adult/test.csv.gz"), "--json"]),
    );

    expect(metrics.samples).toBe(16_281);
    // Any model that learns from these columns ranks far better than chance, 0.5.
    expect(metrics.auc).toBeGreaterThan(0.8);
  },
);

test.skipIf(!existsSync(wholeSet("open-bandit")))(
  "the whole Open Bandit logs train and are served (skipped where ../shared/data is absent)",
  async () => {
    const model = join(scratchFolder(), "model");
    await train(wholeSet("open-bandit/random/men.csv.gz"), model, "--epochs", "1");

    const metrics = lastJson(
      await done(["evaluate", "--model", model, "--data", wholeSet("open-bandit/bts/men.csv.gz"), "--json"]),
    );

    expect(metrics.samples).toBe(10_000);
    expect(metrics.logloss).toBeLessThan(Math.LN2);
  },
);

test("a log without numbers trains and is served: the bottom layers see a constant", async () => {
  const folder = scratchFolder();
  const [data, model] = [join(folder, "clicks.csv"), join(folder, "model")];
  const rows = Array.from({ length: 300 }, (_, i) => `${i % 3 === 0 ? 1 : 0},shop-${i % 3},city-${i % 7}`);
  writeFileSync(data, `click,shop,city\n${rows.join("\n")}\n`);
  await train(data, model, "--epochs", "8", "--set", "learningRate.base=0.1");

  const metrics = lastJson(await done(["evaluate", "--model", model, "--data", data, "--json"]));

  // The shop alone tells a click.
  expect(metrics).toMatchObject({ samples: 300, auc: 1 });
});

test("dqrm schema writes down what it took the columns for, and train reads it again", async () => {
  const folder = scratchFolder();
  const [schema, a, b] = ["schema.json", "a", "b"].map((name) => join(folder, name));

  const { err } = await done(["schema", "--data", ADULT, "--out", schema]);

  expect(err).toContain("label       income");
  await train(ADULT, a, "--schema", schema);
  await train(ADULT, b);
  expect(readFileSync(join(a, "model.safetensors"))).toEqual(readFileSync(join(b, "model.safetensors")));
});
