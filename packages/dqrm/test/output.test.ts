import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { built, call, done, excerpt, lastJson, runBuilt, scratchFolder, SMALL } from "./call.ts";

const ADULT = excerpt("adult-train-400.csv");

describe("--json prints one JSON object as the last line of standard output", () => {
  test("of train, evaluate and inspect", async () => {
    const out = join(scratchFolder(), "model");

    const trained = await done(["train", "--data", ADULT, "--out", out, "--epochs", "2", "--json", ...SMALL]);
    const evaluated = await done(["evaluate", "--model", out, "--data", ADULT, "--json"]);
    const inspected = await done(["inspect", out, "--json"]);

    for (const outcome of [trained, evaluated, inspected]) {
      expect(outcome.out.trimEnd().split("\n")).toHaveLength(1);
    }
    expect(lastJson(trained)).toMatchObject({ out, outcome: "finished", epochs: 2, seed: 1 });
    expect(Object.keys(lastJson(evaluated)).slice(0, 5)).toEqual([
      "samples",
      "auc",
      "accuracy",
      "logloss",
      "ne",
    ]);
    expect(lastJson(inspected)).toMatchObject({ kind: "model" });
  });

  test("of bench", async () => {
    const outcome = await done([
      "bench",
      "rows",
      "--rows",
      "100,1000",
      "--steps",
      "2",
      "--rounds",
      "2",
      "--json",
    ]);

    expect(lastJson(outcome)).toMatchObject({ name: "rows", backend: "reference", rounds: 2 });
  });
});

test("bench prints a line for each size of the tables", async () => {
  const { out } = await done(["bench", "rows", "--rows", "100,1e3", "--steps", "2", "--rounds", "3"]);

  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/\s+/)[0]);
  expect(lines).toEqual(["rows", expect.stringMatching(/^─+$/), "100", "1,000"]);
});

test("what a failing call prints on standard output is nothing", async () => {
  const { code, out } = await call(["evaluate", "--model", "absent", "--data", "absent", "--json"]);

  expect([code, out]).toEqual([1, ""]);
});

test("importing dqrm writes nothing and starts nothing", async () => {
  const exported = await import("dqrm");

  expect(Object.keys(exported).sort()).toEqual(expect.arrayContaining(["runCommand"]));
  expect(Object.values(exported).every((value) => typeof value === "function")).toBe(true);
});

describe.skipIf(!built)("the built program (skipped where packages/dqrm/dist is absent)", () => {
  test("prints its version and the help of its commands", () => {
    const version = runBuilt(["--version"]);
    const help = runBuilt(["train", "--help"]);

    expect([version.code, version.err]).toEqual([0, ""]);
    expect(version.out).toMatch(/^\d+\.\d+\.\d+/);
    expect(help.code).toBe(0);
    expect(help.out).toContain("--data <file>");
  });

  test("ends with 2 for a wrong call and 1 for a failure, both said on standard error", () => {
    const wrong = runBuilt(["train", "--epochs"]);
    const failed = runBuilt(["evaluate", "--model", "absent", "--data", "absent"]);

    expect([wrong.code, failed.code]).toEqual([2, 1]);
    expect(wrong.err).toMatch(/^error USAGE: /);
    expect(failed.err).toMatch(/^error IO: read absent: /m);
    expect([wrong.out, failed.out]).toEqual(["", ""]);
  });

  test("does nothing when it is imported as a library", () => {
    const library = new URL("../dist/index.js", import.meta.url).href;
    const program = `await import(${JSON.stringify(library)})`;

    const imported = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });

    expect([imported.status, imported.stdout, imported.stderr]).toEqual([0, "", ""]);
  });
});
