import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  built,
  builtProgram,
  call,
  done,
  excerpt,
  failure,
  scratchFolder,
  sharedFolder,
  SMALL,
} from "./call.ts";

const ADULT = excerpt("adult-train-400.csv");

const shared = sharedFolder();
let model: string;
beforeAll(async () => {
  model = join(shared, "model");
  await done(["train", "--data", ADULT, "--out", model, "--epochs", "1", ...SMALL]);
});

/** The excerpt with one line changed. */
function damaged(line: number, change: (text: string) => string): string {
  const lines = readFileSync(ADULT, "utf8").split("\n");
  lines[line] = change(lines[line]);
  const path = join(scratchFolder(), "clicks.csv");
  writeFileSync(path, lines.join("\n"));
  return path;
}

test("--skip-bad-lines also skips lines that the schema is inferred from", async () => {
  const data = damaged(5, () => "1,2");
  const out = join(scratchFolder(), "model");

  const { err } = await done([
    "train",
    "--data",
    data,
    "--out",
    out,
    "--epochs",
    "1",
    "--skip-bad-lines",
    ...SMALL,
  ]);

  expect(err).toContain("data: 1 bad line was left out, the first: ");
});

test("an empty --out is a wrong call, before anything is read", async () => {
  const { code, line } = await failure(["train", "--data", ADULT, "--out", "", ...SMALL]);

  expect([code, line]).toEqual([2, 'error USAGE: --out is "", expected a directory to write']);
});

test("a prediction that fails while reading leaves nothing in the temporary directory", async () => {
  const folder = scratchFolder();
  const data = damaged(5, () => "1,2");

  const { code } = await call(["predict", "--model", model, "--data", data], { temporaryDirectory: folder });

  expect([code, readdirSync(folder)]).toEqual([1, []]);
});

test("rows to predict need no label even where the file has its column", async () => {
  const label = readFileSync(ADULT, "utf8").split("\n")[0].split(",").indexOf("income");
  const data = damaged(5, (text) => text.split(",").with(label, "").join(","));

  const { out } = await done(["predict", "--model", model, "--data", data]);

  expect(out.trimEnd().split("\n")).toHaveLength(400);
});

test.each(["predict", "evaluate"])("an interrupt stops %s between batches", async (command) => {
  const interrupt = new AbortController();
  const pause = (): Promise<void> => {
    interrupt.abort();
    return Promise.resolve();
  };

  const { code, err, out } = await call([command, "--model", model, "--data", ADULT], {
    signal: interrupt.signal,
    pause,
  });

  expect(code).toBe(1);
  expect(err).toMatch(/^error ABORTED: /m);
  expect(out.split("\n").length).toBeLessThan(400 + 2);
});

describe.skipIf(!built)("the built program (skipped where packages/dqrm/dist is absent)", () => {
  test.each(["demo", "experiment"])(
    "%s refuses an --out that is a file before it trains",
    async (command) => {
      const file = join(scratchFolder(), "file");
      writeFileSync(file, "");
      const what =
        command === "demo" ? ["--rows", "1000"] : ["figure1", "--data", "synthetic:planted?rows=1000"];

      const { code, err } = await call([command, ...what, "--out", file]);

      expect(code).toBe(1);
      expect(err).toMatch(/^error IO: .*file.*expected a directory/m);
      expect(err).not.toContain("epoch");
    },
  );

  test("a full disk under standard output is an IO error without a stack trace", async () => {
    const { code, err } = await piped("evaluate", "exec 1>/dev/full");

    expect(code).toBe(1);
    expect(err).toMatch(/^error IO: write standard output: ENOSPC/m);
    expect(err).not.toContain("    at ");
  });

  test("a reader of the notes that goes away does not stop training", async () => {
    const out = join(scratchFolder(), "model");
    mkdirSync(out);
    const child = spawn(process.execPath, [
      ...[builtProgram, "train", "--data", ADULT, "--out", out, "--epochs", "1", "--json", ...SMALL],
    ]);
    child.stderr.destroy();
    let text = "";
    child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString()));

    const code = await new Promise((resolve) => child.on("close", resolve));

    expect(code).toBe(0);
    expect(text).toContain('"outcome":"finished"');
  });
});

/** Calls the built program below a shell that redirects first. */
async function piped(command: string, redirection: string): Promise<{ code: unknown; err: string }> {
  const script = `${redirection}; exec "$0" "$@"`;
  const args = [process.execPath, builtProgram, command, "--model", model, "--data", ADULT];
  const child = spawn("sh", ["-c", script, ...args]);
  let err = "";
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, err };
}
