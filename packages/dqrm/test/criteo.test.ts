import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bytesOf, done, failure, lastJson, scratchFolder } from "./call.ts";
import { criteoLines } from "./criteo-lines.ts";

/** The kaggle preset with a small model, by the flags of facebookresearch/dlrm. */
const KAGGLE: readonly string[] = [
  ...["--preset", "kaggle", "--arch-mlp-bot", "13-8-4", "--arch-mlp-top", "8-1"],
  ...["--arch-sparse-feature-size", "4", "--mini-batch-size", "32", "--nepochs", "1", "--test-freq", "0"],
];

function writeLines(path: string, lines: readonly string[], end = "\n"): void {
  const bytes = Buffer.from(lines.map((line) => `${line}${end}`).join(""));
  writeFileSync(path, path.endsWith(".gz") ? gzipSync(bytes) : bytes);
}

/** Training data in Criteo's format: seven days' worth of lines in one file. */
function criteoFile(folder: string, change: (lines: string[]) => void = () => undefined): string {
  const lines = [...criteoLines(210, 1)];
  change(lines);
  const path = join(folder, "train.txt");
  writeLines(path, lines);
  return path;
}

describe("a Criteo file with missing fields, negatives and hexadecimal categories", () => {
  test("trains with --schema criteo and with --schema auto to the same bytes", async () => {
    const folder = scratchFolder();
    const data = criteoFile(folder);

    const named = await done([
      ...["train", "--data", data, "--schema", "criteo", "--out", join(folder, "a"), ...KAGGLE],
    ]);
    const found = await done(["train", "--data", data, "--out", join(folder, "b"), ...KAGGLE]);

    for (const { err } of [named, found])
      expect(err).toContain("schema: Criteo, 13 integers and 26 categories");
    expect(bytesOf(folder, "a", "model.safetensors")).toEqual(bytesOf(folder, "b", "model.safetensors"));
  });

  test("has the same samples with CRLF, compressed, and as day files by a pattern", async () => {
    const folder = scratchFolder();
    const lines = criteoLines(210, 1);
    const model = join(folder, "model");
    await done(["train", "--data", criteoFile(folder), "--out", model, ...KAGGLE]);
    writeLines(join(folder, "crlf.txt"), lines, "\r\n");
    writeLines(join(folder, "train.gz"), lines);
    // Names sort by their numbers: day_10 comes after day_2.
    const days = ["day_0.gz", "day_1.gz", "day_2.gz", "day_10.gz"];
    days.forEach((name, d) => {
      writeLines(join(folder, name), lines.slice(60 * d, 60 * (d + 1)));
    });

    const predictions = await Promise.all(
      ["train.txt", "crlf.txt", "train.gz", "day_*.gz"].map(async (name) => {
        const { out } = await done(["predict", "--model", model, "--data", join(folder, name)]);
        return out;
      }),
    );

    expect(predictions[0].trimEnd().split("\n")).toHaveLength(210);
    expect(new Set(predictions).size).toBe(1);
  });

  test("is predicted without its label field too", async () => {
    const folder = scratchFolder();
    const data = criteoFile(folder);
    const model = join(folder, "model");
    await done(["train", "--data", data, "--out", model, ...KAGGLE]);
    const path = join(folder, "test.txt");
    writeLines(
      path,
      criteoLines(210, 1).map((line) => line.slice(2)),
    );

    const { out } = await done(["predict", "--model", model, "--data", path]);

    expect(out).toBe((await done(["predict", "--model", model, "--data", data])).out);
  });

  test("--arch-mlp-bot must name the dense features that the data have", async () => {
    const folder = scratchFolder();
    const bottom = KAGGLE.map((text) => (text === "13-8-4" ? "12-8-4" : text));

    const { code, line } = await failure([
      ...["train", "--data", criteoFile(folder), "--out", join(folder, "m"), ...bottom],
    ]);

    expect(code).toBe(1);
    expect(line).toBe(
      'error CONFIG: command line: --arch-mlp-bot is 12, expected the 13 dense features of the data before the first "-"',
    );
  });
});

describe("bad lines", () => {
  test.each([
    ["short", (line: string) => line.split("\t").slice(0, 30).join("\t")],
    ["long", (line: string) => `${line}\t68fd1e64`],
  ])("a %s line stops training with file and line, exit code 1", async (_name, damage) => {
    const folder = scratchFolder();
    const data = criteoFile(folder, (lines) => {
      lines[41] = damage(lines[41]);
    });

    const { code, line } = await failure(["train", "--data", data, "--out", join(folder, "m"), ...KAGGLE]);

    expect(code).toBe(1);
    expect(line).toContain(`error DATA: ${data}:42: found`);
    expect(line).toContain("expected");
  });

  test("--skip-bad-lines leaves them out and says how many", async () => {
    const folder = scratchFolder();
    const data = criteoFile(folder, (lines) => {
      lines[41] = lines[41].slice(0, 20);
      lines[99] = `${lines[99]}\tx`;
    });

    const { err, out } = await done([
      ...["train", "--data", data, "--skip-bad-lines", "--json", "--out", join(folder, "m"), ...KAGGLE],
    ]);

    expect(err).toContain(`data: 2 bad lines were left out, the first: ${data}:42: `);
    const { samples } = lastJson({ out });
    expect(Object.values(samples ?? {}).reduce((sum: number, count) => sum + Number(count), 0)).toBe(208);
  });

  test("a truncated .gz is a FORMAT error", async () => {
    const folder = scratchFolder();
    const path = join(folder, "day_0.gz");
    const whole = gzipSync(criteoLines(210, 1).join("\n"));
    writeFileSync(path, whole.subarray(0, whole.length - 100));

    const { code, line } = await failure(["train", "--data", path, "--out", join(folder, "m"), ...KAGGLE]);

    expect(code).toBe(1);
    expect(line).toMatch(/^error FORMAT: .*day_0\.gz/);
  });
});
