import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { listCheckpoints } from "@dqrm/dlrm/node";
import { describe, expect, test } from "vitest";
import { built, builtProgram, bytesOf, call, done, failure, lastJson, scratchFolder, SMALL } from "./call.ts";

/** 800 training samples: 25 steps an epoch. */
const DATA = "synthetic:planted?rows=1000&seed=3&tableRows=10,100,1000";

const trainArgs = (out: string, ...more: readonly string[]): readonly string[] => [
  ...["train", "--data", DATA, "--out", out, ...SMALL, ...more],
];

describe("resume", () => {
  test("two epochs, then two more, give the model of four epochs byte for byte", async () => {
    const folder = scratchFolder();
    const [once, twice] = [join(folder, "once"), join(folder, "twice")];
    await done(trainArgs(once, "--epochs", "4"));

    await done(trainArgs(twice, "--epochs", "2"));
    await done(["train", "--data", DATA, "--resume", twice, "--epochs", "4"]);

    expect(bytesOf(twice, "model.safetensors")).toEqual(bytesOf(once, "model.safetensors"));
    expect(bytesOf(twice, "metrics.jsonl")).toEqual(bytesOf(once, "metrics.jsonl"));
  });

  test("a run that was interrupted inside an epoch goes on to the same bytes", async () => {
    const folder = scratchFolder();
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    await done(trainArgs(whole, "--epochs", "4"));
    const interrupt = new AbortController();

    const { code, err } = await call(trainArgs(cut, "--epochs", "4"), {
      signal: interrupt.signal,
      onErr: (text) => {
        // 36 % of four epochs of 25 steps: step 11 of the second epoch.
        if (text.startsWith("epoch 2/4  36%")) interrupt.abort();
      },
    });

    expect(code).toBe(1);
    expect(err).toContain(`error ABORTED: training was interrupted; go on with --resume ${cut}`);
    expect((await listCheckpoints(cut))[0]).toMatchObject({ step: 36, state: { kind: "complete" } });
    expect(existsSync(join(cut, "model.safetensors"))).toBe(false);
    await done(["train", "--data", DATA, "--resume", cut]);
    expect(bytesOf(cut, "model.safetensors")).toEqual(bytesOf(whole, "model.safetensors"));
  });

  test("may write to another directory by --out", async () => {
    const folder = scratchFolder();
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    await done(trainArgs(first, "--epochs", "1"));

    const outcome = await done([
      ...["train", "--data", DATA, "--resume", first, "--out", second, "--epochs", "2", "--json"],
    ]);

    expect(lastJson(outcome)).toMatchObject({ out: second, epochs: 2 });
    expect((await listCheckpoints(second))[0].step).toBe(50);
    expect((await listCheckpoints(first))[0].step).toBe(25);
  });

  test("takes its configuration from the checkpoint: another one is a wrong call", async () => {
    const { code, line } = await failure(["train", "--data", DATA, "--resume", "x", "--learning-rate", "1"]);

    expect(code).toBe(2);
    expect(line).toBe(
      "error USAGE: --resume takes its configuration from the checkpoint; learningRate.base cannot be changed",
    );
  });

  test("of a directory without checkpoints says what was expected", async () => {
    const { code, line } = await failure(["train", "--data", DATA, "--resume", scratchFolder()]);

    expect(code).toBe(1);
    expect(line).toMatch(/^error IO: .*expected a complete checkpoint/);
  });

  test("on data with other samples is refused", async () => {
    const out = join(scratchFolder(), "model");
    await done(trainArgs(out, "--epochs", "1"));

    const { code, line } = await failure([
      ...["train", "--data", "synthetic:planted?rows=1000&seed=3&tableRows=10,100,999", "--resume", out],
      ...["--epochs", "2"],
    ]);

    expect(code).toBe(1);
    expect(line).toMatch(/^error STATE: resume .* gives other samples, expected the same rows/);
  });

  test("on another file of the same size is refused, on the same file elsewhere it goes on", async () => {
    const folder = scratchFolder();
    const out = join(folder, "model");
    const [data, moved, other] = ["data.csv", "moved.csv", "other.csv"].map((name) => join(folder, name));
    const rows = (swap: boolean): string =>
      Array.from({ length: 200 }, (_, i) => `${i % 2},shop-${(i % 4) ^ Number(swap)},${i % 7}\n`).join("");
    for (const path of [data, moved]) writeFileSync(path, `click,shop,price\n${rows(false)}`);
    writeFileSync(other, `click,shop,price\n${rows(true)}`);
    await done(["train", "--data", data, "--out", out, "--epochs", "1", ...SMALL]);

    const { code, line } = await failure(["train", "--data", other, "--resume", out, "--epochs", "2"]);

    expect(code).toBe(1);
    expect(line).toMatch(/^error STATE: .*other\.csv gives other samples/);
    await done(["train", "--data", moved, "--resume", out, "--epochs", "2"]);
  });
});

describe("a directory with the checkpoints of another run", () => {
  test("is refused, for --resume could not tell them apart", async () => {
    const out = join(scratchFolder(), "model");
    await done(trainArgs(out, "--epochs", "2"));

    const { code, line } = await failure(trainArgs(out, "--epochs", "1", "--seed", "2"));

    expect(code).toBe(1);
    expect(line).toMatch(/^error STATE: train: .*step-50 of an earlier run, expected --resume .*--overwrite/);
    expect((await listCheckpoints(out))[0].step).toBe(50);
  });

  test("is replaced with --overwrite", async () => {
    const folder = scratchFolder();
    const [out, fresh] = [join(folder, "model"), join(folder, "fresh")];
    await done(trainArgs(out, "--epochs", "2"));

    await done(trainArgs(out, "--epochs", "1", "--seed", "2", "--overwrite"));

    await done(trainArgs(fresh, "--epochs", "1", "--seed", "2"));
    expect((await listCheckpoints(out)).map(({ step }) => step)).toEqual([25]);
    expect(bytesOf(out, "model.safetensors")).toEqual(bytesOf(fresh, "model.safetensors"));
  });

  test("stays as it is when the new run cannot begin", async () => {
    const out = join(scratchFolder(), "model");
    await done(trainArgs(out, "--epochs", "1"));

    const { code } = await failure(["train", "--data", "absent.csv", "--out", out, "--overwrite"]);

    expect(code).toBe(1);
    expect((await listCheckpoints(out))[0]).toMatchObject({ step: 25, state: { kind: "complete" } });
  });
});

describe.skipIf(!built)("the process (skipped where packages/dqrm/dist is not built)", () => {
  test("killed while it trains, it goes on to the bytes of a run that was not", async () => {
    const folder = scratchFolder();
    const [whole, killed] = [join(folder, "whole"), join(folder, "killed")];
    const epochs = ["--epochs", "40", "--kernels", "reference"];
    await done(trainArgs(whole, ...epochs));

    const child = spawn(process.execPath, [
      builtProgram,
      ...trainArgs(killed, ...epochs, "--checkpoint-every", "1"),
    ]);
    const ended = new Promise<NodeJS.Signals | null>((resolve) => {
      child.once("exit", (_code, signal) => {
        resolve(signal);
      });
    });
    while (child.exitCode === null && ((await listCheckpoints(killed))[0]?.step ?? 0) < 30) {
      await setTimeout(5);
    }
    child.kill("SIGKILL");

    expect(await ended).toBe("SIGKILL");
    const [newest] = (await listCheckpoints(killed)).filter(({ state }) => state.kind === "complete");
    expect(newest.step).toBeGreaterThanOrEqual(29);
    await done(["train", "--data", DATA, "--resume", killed, "--kernels", "reference"]);
    expect(bytesOf(killed, "model.safetensors")).toEqual(bytesOf(whole, "model.safetensors"));
  });
});
