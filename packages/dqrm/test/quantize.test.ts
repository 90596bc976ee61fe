import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { call, done, excerpt, failure, lastJson, scratchFolder, sharedFolder, SMALL } from "./call.ts";

const ADULT = excerpt("adult-train-400.csv");
const FLOATS = ["--set", "quantization.tables.bits=32", "--set", "quantization.mlp.bits=32"];

const folder = sharedFolder();
const model = join(folder, "fp32");

beforeAll(async () => {
  await done(["train", "--data", ADULT, "--out", model, "--epochs", "2", ...FLOATS, ...SMALL]);
});

function text(directory: string, name: string): string {
  return readFileSync(join(directory, name), "utf8");
}

describe("dqrm quantize", () => {
  test("writes a model that evaluate, predict and inspect take, and leaves the trained one alone", async () => {
    const out = join(scratchFolder(), "int4");
    const before = text(model, "manifest.json");

    const { out: printed } = await done(["quantize", model, "--bits", "4", "--out", out]);

    const evaluated = await done(["evaluate", "--model", out, "--data", ADULT, "--json"]);
    const predicted = await done(["predict", "--model", out, "--data", ADULT]);
    const inspected = await done(["inspect", out]);
    expect(lastJson(evaluated)).toMatchObject({ samples: 400 });
    expect(predicted.out.trimEnd().split("\n")).toHaveLength(400);
    expect(inspected.out).toMatch(/workclass +\d+ +4 +4 +symmetric +row/);
    expect(printed).toMatch(/workclass +\d+ +4 +4 /);
    expect(printed).toMatch(/top\.0\.weight .*8 /);
    expect(printed).toContain(`written: ${out}, with report.html and quantization.json`);
    expect(text(model, "manifest.json")).toBe(before);
    expect(text(out, "preprocessing.json")).toBe(text(model, "preprocessing.json"));
    expect(text(out, "config.json")).toBe(text(model, "config.json"));
  });

  test("measures both models on the same rows, and evaluate finds the same", async () => {
    const out = join(scratchFolder(), "int2");

    const outcome = await done([
      ...["quantize", model, "--bits", "2", "--granularity", "table", "--mlp-bits", "4"],
      ...["--data", ADULT, "--out", out, "--json"],
    ]);

    const { measured } = lastJson(outcome);
    const [before, after] = await Promise.all(
      [model, out].map(async (directory) =>
        lastJson(await done(["evaluate", "--model", directory, "--data", ADULT, "--json"])),
      ),
    );
    expect(measured).toMatchObject({ data: ADULT, part: "all", before, after });
    expect(measured).toMatchObject({ change: { auc: Number(after.auc) - Number(before.auc) } });
    expect(outcome.out.trimEnd().split("\n")).toHaveLength(1);
  });

  test("--part measures the rows that training tested on", async () => {
    const out = join(scratchFolder(), "int8");

    const outcome = await done([
      ...["quantize", model, "--bits", "8", "--data", ADULT, "--part", "test", "--out", out, "--json"],
    ]);

    // 400 rows, of which training by default kept a tenth for the test.
    const { measured } = lastJson(outcome);
    expect(measured).toMatchObject({ part: "test", before: { samples: 40 }, after: { samples: 40 } });
  });

  test("says in the model's directory what was done to which model", async () => {
    const out = join(scratchFolder(), "rows");

    await done([
      ...["quantize", model, "--bits", "4", "--scheme", "fbgemm", "--search", "greedy"],
      ...["--data", ADULT, "--out", out],
    ]);

    const card = text(out, "README.md");
    expect(card).toContain("# INT4 DLRM, quantized after training");
    expect(card).toContain(model);
    expect(card).toContain(
      "tables at 4 bits, fbgemm, a scale per row, greedy range search (200 bins, ratio 0.16)",
    );
    expect(card).toContain("auc (before quantization)");
    expect(card).toContain("INT4, asymmetric, one scale per row");
    const manifest: unknown = JSON.parse(text(out, "manifest.json"));
    expect(JSON.stringify(manifest)).toContain('"quantization.json"');
    const record: unknown = JSON.parse(text(out, "quantization.json"));
    expect(record).toMatchObject({
      version: 1,
      from: { path: model },
      config: { tables: { scheme: "fbgemm", search: { kind: "greedy" } } },
    });
    const page = text(out, "report.html");
    expect(page).toContain("<svg");
    expect(page).not.toMatch(/(src|href)=/);
  });

  test.each([
    ["percentile:99.5", { kind: "percentile", percent: 99.5 }],
    ["greedy", { kind: "greedy", bins: 200, ratio: 0.16 }],
    ["mse", { kind: "squared-error", steps: 200 }],
    ["none", { kind: "none" }],
  ])("--search %s", async (how, search) => {
    const out = join(scratchFolder(), "searched");

    const outcome = await done([
      ...["quantize", model, "--bits", "3", "--scheme", "asymmetric", "--search", how, "--mlp-search", how],
      ...["--granularity", "group", "--group-cols", "2", "--out", out, "--json"],
    ]);

    expect(lastJson(outcome)).toMatchObject({ config: { tables: { search }, mlp: { search } } });
  });

  test("a dead zone leaves zeros below its threshold", async () => {
    const out = join(scratchFolder(), "zone");

    await done([
      ...["quantize", model, "--bits", "4", "--scheme", "dead-zone", "--granularity", "table"],
      ...["--threshold", "0.5", "--out", out],
    ]);

    expect(text(out, "README.md")).toContain("dead-zone, threshold 0.5 relative, a scale per table");
    await done(["evaluate", "--model", out, "--data", ADULT]);
  });

  test("a model trained on generated data is measured on generated data", async () => {
    const data = "synthetic:planted?rows=1000&tableRows=10,100";
    const [trained, out] = ["trained", "out"].map((name) => join(scratchFolder(), name));
    await done(["train", "--data", data, "--out", trained, "--epochs", "1", ...FLOATS, ...SMALL]);

    const outcome = await done([
      ...["quantize", trained, "--bits", "4", "--data", data, "--out", out, "--json"],
    ]);

    expect(lastJson(outcome)).toMatchObject({ measured: { before: { samples: 1000 } } });
    expect(text(out, "preprocessing.json")).toBe(text(trained, "preprocessing.json"));
  });
});

describe("dqrm quantize refuses", () => {
  test("to write over the model itself, or over a training run", async () => {
    const other = join(folder, "other");
    await done(["train", "--data", ADULT, "--out", other, "--epochs", "1", ...FLOATS, ...SMALL]);

    const itself = await failure(["quantize", model, "--bits", "4", "--out", `${model}/`]);
    const run = await failure(["quantize", model, "--bits", "4", "--out", other]);

    expect(itself).toMatchObject({ code: 1, line: expect.stringContaining("is the model itself") as string });
    expect(run).toMatchObject({ code: 1, line: expect.stringContaining("of a training run") as string });
  });

  test("to quantize codes again", async () => {
    const out = join(scratchFolder(), "int8");
    await done(["quantize", model, "--bits", "8", "--out", out]);

    const { code, line } = await failure(["quantize", out, "--bits", "4", "--out", `${out}-again`]);

    expect(code).toBe(1);
    expect(line).toMatch(/^error VALUE: quantizeModel: table \w+ is packed already/);
    expect(existsSync(`${out}-again`)).toBe(false);
  });

  test.each([
    [["--bits", "9"], "--bits"],
    [["--bits", "4", "--search", "percentile:20"], "percentile:P with 50 < P <= 100"],
    [["--bits", "4", "--search", "best"], "expected none, percentile:P"],
    [["--bits", "4", "--scheme", "linear"], "--scheme"],
    [["--bits", "4", "--threshold", "1.5"], "a number in [0, 1)"],
    [[], "--bits"],
  ])("a wrong call: %o", async (flags, reason) => {
    const { code, line } = await failure(["quantize", model, ...flags, "--out", join(folder, "never")]);

    expect(code).toBe(2);
    expect(line).toContain(reason);
  });

  test("a scheme and bits that do not fit, before anything is written", async () => {
    const out = join(folder, "never");

    const { code, line } = await failure([
      ...["quantize", model, "--bits", "3", "--scheme", "fbgemm", "--out", out],
    ]);

    expect([code, line]).toEqual([1, expect.stringContaining("2, 4 or 8 bits and a scale per row")]);
    expect(existsSync(out)).toBe(false);
  });

  test("a directory that is no model", async () => {
    const { code, line } = await failure(["quantize", join(folder, "absent"), "--bits", "4", "--out", "x"]);

    expect([code, line]).toEqual([1, expect.stringContaining("a model directory")]);
  });

  test("to go on after an interrupt", async () => {
    const stopped = new AbortController();
    stopped.abort();

    const { code, err } = await call(["quantize", model, "--bits", "4", "--out", join(folder, "stopped")], {
      signal: stopped.signal,
    });

    expect([code, existsSync(join(folder, "stopped"))]).toEqual([1, false]);
    expect(err).toContain("error ABORTED");
  });
});
