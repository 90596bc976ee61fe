import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { built, builtProgram, done, lastJson, runBuilt, scratchFolder } from "./call.ts";

describe.skipIf(!built)("demo (skipped where packages/dqrm/dist is absent)", () => {
  test("writes result, self-contained report and both models, which evaluate", async () => {
    const out = join(scratchFolder(), "demo");
    const small = [
      "--set",
      "training.epochs=2",
      "--set",
      "model.embeddingDim=4",
      "--set",
      "model.bottom=[4]",
      "--set",
      "model.top=[8,1]",
    ];

    const { code, out: printed } = runBuilt(["demo", "--rows", "4000", "--out", out, ...small]);

    expect(code).toBe(0);
    expect(printed).toContain("FP32 DLRM");
    expect(printed).toContain("INT4 DQRM");
    expect(printed).toContain(`written: ${join(out, "report.html")}`);
    const result: unknown = JSON.parse(readFileSync(join(out, "result.json"), "utf8"));
    expect(result).toMatchObject({ version: 1, name: "demo", runs: [{ variant: "FP32 DLRM" }, {}] });
    checkSelfContained(readFileSync(join(out, "report.html"), "utf8"));
    const data = "synthetic:planted?rows=500&seed=2";
    for (const model of ["fp32", "int4"]) {
      const evaluated = await done(["evaluate", "--model", join(out, model), "--data", data, "--json"]);
      expect(lastJson(evaluated)).toMatchObject({ samples: 500 });
    }
  });

  test("prints result.json with --json", async () => {
    const out = join(scratchFolder(), "demo");
    const small = [
      "--set",
      "training.epochs=1",
      "--set",
      "model.embeddingDim=4",
      "--set",
      "model.bottom=[4]",
      "--set",
      "model.top=[8,1]",
    ];

    const outcome = runBuilt(["demo", "--rows", "1000", "--out", out, "--json", ...small]);

    expect(outcome.out.trimEnd().split("\n")).toHaveLength(1);
    expect(lastJson(outcome)).toEqual(JSON.parse(readFileSync(join(out, "result.json"), "utf8")));
  });

  test("Ctrl-C stops its threads and is reported as an interrupt", async () => {
    const out = join(scratchFolder(), "demo");
    const child = spawn(process.execPath, [builtProgram, "demo", "--rows", "50000", "--out", out]);
    let err = "";
    const ended = new Promise<number | null>((resolve) => {
      child.once("exit", resolve);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      const before = err.includes("epoch 1/8");
      err += chunk.toString();
      // Once: a second Ctrl-C ends the process at once.
      if (!before && err.includes("epoch 1/8")) child.kill("SIGINT");
    });

    const code = await ended;

    expect(code).toBe(1);
    expect(err.trimEnd().split("\n").at(-1)).toMatch(/^error ABORTED: .* was stopped$/);
    expect(existsSync(join(out, "result.json"))).toBe(false);
  });

  test("reports a failure of its threads with the code that it had there", async () => {
    const out = join(scratchFolder(), "demo");

    const { code, err } = runBuilt([
      "demo",
      "--rows",
      "1000",
      "--out",
      out,
      "--set",
      "learningRate.base=1e30",
      ...["--set", "model.embeddingDim=4", "--set", "model.bottom=[4]"],
    ]);

    expect(code).toBe(1);
    expect(err).toMatch(/^error NON_FINITE: .*training step /m);
    expect(existsSync(join(out, "result.json"))).toBe(false);
  });
});

/** Nothing of the page may come from elsewhere: no script, no style sheet, no picture, no font. */
function checkSelfContained(html: string): void {
  expect(html).toMatch(/^<!doctype html>/);
  expect(html).toContain("<svg");
  expect(html).not.toMatch(/<(script|link|img|iframe|object|embed)\b/i);
  expect(html).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\//i);
  expect(html).not.toMatch(/url\(|@import/i);
}
