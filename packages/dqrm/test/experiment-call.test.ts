import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { built, done, excerpt, failure, lastJson, scratchFolder, SMALL } from "./call.ts";

const FEW: readonly string[] = ["--epochs", "2", "--seeds", "2", "--kernels", "reference", ...SMALL];
const PLANTED: readonly string[] = ["--data", "synthetic:planted?tableRows=10,100", "--rows", "1500"];

function resultOf(folder: string): Readonly<Record<string, unknown>> {
  return lastJson({ out: readFileSync(join(folder, "result.json"), "utf8").replaceAll("\n", " ") });
}

describe.skipIf(!built)("dqrm experiment (skipped where packages/dqrm/dist is absent)", () => {
  test("prints what was found with intervals, the paper's numbers beside, and writes result and report", async () => {
    const out = scratchFolder();

    const { out: text } = await done([
      ...["experiment", "table1", ...PLANTED, "--variants", "FP32,INT4", "--out", out, ...FEW],
    ]);

    expect(text).toMatch(/INT4 .*[+−]0\.\d{4} \[[+−]0\.\d{4}, [+−]0\.\d{4}\]/);
    // Table 2 of the paper.
    expect(text).toMatch(/INT4 .*79\.092 % +0\.8073$/m);
    expect(text).toContain("It selects nothing and is no result.");
    const report = readFileSync(join(out, "table1", "report.html"), "utf8");
    expect(report.match(/<svg /g)).toHaveLength(4);
    // A thin curve for each of two seeds of two variants in each of four charts.
    expect(report.match(/class="strand"/g)).toHaveLength(16);
    expect(report).not.toMatch(/<(script|link|img|iframe)\b/i);
  });

  test("a second call trains only what the first one did not, and gives the same result", async () => {
    const out = scratchFolder();
    const args = ["experiment", "figure1", ...PLANTED, "--variants", "FP32,INT8", "--out", out, ...FEW];
    await done([...args, "--seeds", "1"]);
    const runs = join(out, "figure1", "runs");
    const [first] = readdirSync(runs);
    const written = statSync(join(runs, first)).mtimeMs;

    const { err } = await done(args);

    expect(err).toContain("2 of 4 runs were finished before");
    expect(readdirSync(runs)).toHaveLength(4);
    expect(statSync(join(runs, first)).mtimeMs).toBe(written);
    const again = join(out, "again");
    await done([...args, "--out", again]);
    const metrics = (folder: string): unknown =>
      JSON.parse(JSON.stringify(resultOf(join(folder, "figure1")).runs, withoutTime));
    expect(metrics(out)).toEqual(metrics(again));
  });

  test("each seed draws its own planted data, and the same for every variant", async () => {
    const out = scratchFolder();

    await done(["experiment", "figure1", ...PLANTED, "--variants", "FP32,INT8", "--out", out, ...FEW]);

    const { runs } = resultOf(join(out, "figure1"));
    const hashes = (Array.isArray(runs) ? runs : []).map(
      (run: unknown) => /"dataHash":"(\w+)"/.exec(JSON.stringify(run))?.[1],
    );
    expect(hashes).toHaveLength(4);
    expect(new Set(hashes).size).toBe(2);
    expect([hashes[0], hashes[2]]).toEqual([hashes[1], hashes[3]]);
  });

  test("runs on files of one's own, several side by side, and reads only the first rows of them", async () => {
    const out = scratchFolder();
    const files = [excerpt("adult-train-400.csv"), excerpt("open-bandit-random-men-400.csv.gz")];

    const { out: text } = await done([
      ...["experiment", "figure1", ...files.flatMap((file) => ["--data", file]), "--preset", "recommended"],
      ...["--rows", "300", "--variants", "FP32,INT8", "--out", out, ...FEW],
    ]);

    expect(text).toContain("adult-train-400.csv\n");
    expect(text).toContain("open-bandit-random-men-400.csv.gz\n");
    const { runs } = resultOf(join(out, "figure1"));
    const samples = (Array.isArray(runs) ? runs : []).map(
      (run: unknown) => /"samplesSeen":(\d+)/.exec(JSON.stringify(run))?.[1],
    );
    // Eight of ten parts of 300 rows train.
    expect(samples).toEqual(Array.from({ length: 8 }, () => "240"));
  });

  test("a variant that diverges is an error with its code, and no result is written", async () => {
    const out = scratchFolder();

    const { code, line } = await failure([
      ...["experiment", "figure1", ...PLANTED, "--out", out, ...FEW, "--set", "learningRate.base=1e30"],
    ]);

    expect(code).toBe(1);
    expect(line).toMatch(/^error NON_FINITE: /);
    expect(existsSync(join(out, "figure1", "result.json"))).toBe(false);
  });
});

test("a log that is not there is refused before anything is trained", async () => {
  const { code, line } = await failure([
    "experiment",
    "figure1",
    "--data",
    "absent.csv",
    "--out",
    scratchFolder(),
  ]);

  expect(code).toBe(1);
  expect(line).toMatch(/^error IO: .*absent\.csv/);
});

/** Speed and time differ from call to call; threads and places are no part of a run. */
function withoutTime(key: string, value: unknown): unknown {
  return key === "seconds" || key === "samplesPerSecond" ? undefined : value;
}
