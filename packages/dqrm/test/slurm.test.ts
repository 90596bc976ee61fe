import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, builtProgram, bytesOf, runBuilt, scratchFolder, sharedFolder, SMALL } from "./call.ts";
import { firstCheckpoint } from "./group-processes.ts";
import { slurmObstacle, startSlurm, tasksWith, type SlurmCluster } from "./slurm-cluster.ts";
import { whyNoGloo } from "./why-no-gloo.ts";

const DATA = "synthetic:planted?rows=1000&seed=3&tableRows=10,100,1000";

/** 24,000 training samples in 1,500 steps: a few seconds, in which a task can be lost. */
const LONG_DATA = "synthetic:planted?rows=30000&seed=3&tableRows=10,100,1000";

/** Six parts of a batch, for two tasks or three. */
const trainArgs = (out: string, ...more: readonly string[]): readonly string[] => [
  ...["train", "--data", DATA, "--out", out, ...SMALL, "--kernels", "reference", "--epochs", "1"],
  ...["--shards", "6", "--codec", "int8", ...more],
];

const longArgs = (out: string): readonly string[] => [
  ...trainArgs(out, "--data", LONG_DATA, "--set", "training.batchSize=16", "--checkpoint-every", "100"),
  ...["--transport", "gloo"],
];

const program = [process.execPath, builtProgram];

const modelOf = (...parts: readonly string[]): Buffer => bytesOf(...parts, "model.safetensors");

const reason = slurmObstacle() ?? (built ? await whyNoGloo() : "the command is not built");
if (reason !== undefined) console.warn(`training under Slurm is not tested: ${reason}`);

describe.skipIf(reason !== undefined)("under Slurm", () => {
  const folder = sharedFolder();
  let slurm: SlurmCluster;

  beforeAll(async () => {
    slurm = await startSlurm();
    for (const seed of ["1", "2"]) {
      expect(runBuilt(trainArgs(join(folder, seed), "--seed", seed))).toMatchObject({ code: 0 });
    }
  }, 60_000);
  afterAll(() => slurm.stop());

  test("three tasks, unevenly on two nodes, write what one process writes, and one of them speaks", async () => {
    const trained = join(scratchFolder(), "out");

    const { code, err, out } = await slurm.run([
      ...["srun", "--nodes", "2", "--ntasks", "3", "--mpi=pmi2", ...program],
      ...trainArgs(trained, "--transport", "gloo"),
    ]);

    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(out.match(/^finished in/gm)).toHaveLength(1);
    expect(modelOf(trained)).toEqual(modelOf(folder, "1"));
  }, 60_000);

  test("a batch script trains alone, and in two smaller steps at once on one node that do not mix", async () => {
    const scratch = scratchFolder();
    const script = join(scratch, "job.sh");
    const step = "srun --nodes 1 --ntasks 2 --nodelist node1 --exact";
    const call = (name: string, seed: number): string =>
      [...program, ...trainArgs(join(scratch, name), "--seed", String(seed))]
        .map((word) => `'${word}'`)
        .join(" ");
    writeFileSync(
      script,
      `#!/bin/bash
${step} ${call("first", 1)} & one=$!
${step} ${call("second", 2)} & two=$!
wait $one && wait $two && ${call("alone", 1)}
echo "ended with $?"
`,
    );

    const log = join(scratch, "log");
    await slurm.run(["sbatch", "--nodes", "2", "--ntasks-per-node", "4", "--output", log, script]);

    // sbatch --wait looks after 2 seconds, and then ever more rarely.
    await expect
      .poll(() => (existsSync(log) ? readFileSync(log, "utf8") : ""), { timeout: 50_000 })
      .toMatch(/ended with/);
    expect(readFileSync(log, "utf8")).toMatch(/^ended with 0$/m);
    expect(modelOf(scratch, "first")).toEqual(modelOf(folder, "1"));
    expect(modelOf(scratch, "second")).toEqual(modelOf(folder, "2"));
    expect(modelOf(scratch, "alone")).toEqual(modelOf(folder, "1"));
  }, 60_000);

  test("a task that is killed is named by the others, each in one line, and no process is left", async () => {
    const out = join(scratchFolder(), "out");
    const step = slurm.run(["srun", "--nodes", "2", "--ntasks", "3", ...program, ...longArgs(out)]);
    await firstCheckpoint(out);

    const lost = tasksWith(out).find(({ task }) => task === 1);
    expect(lost).toBeDefined();
    process.kill(lost!.pid, "SIGKILL");
    const { code, err } = await step;

    expect(code).not.toBe(0);
    expect(err.match(/^error .*/gm)).toEqual(
      Array(2).fill(expect.stringMatching(/^error PEER: rank 1(?: at step \d+)?: /)),
    );
    await expect.poll(() => tasksWith(out)).toEqual([]);
  }, 60_000);

  test("scancel ends all tasks, and no process is left", async () => {
    const out = join(scratchFolder(), "out");
    const step = slurm.run([
      ...["srun", "--job-name", "lost", "--nodes", "2", "--ntasks", "2"],
      ...[...program, ...longArgs(out)],
    ]);
    await firstCheckpoint(out);

    await slurm.run(["scancel", "--name", "lost"]);
    const { code } = await step;

    expect(code).not.toBe(0);
    await expect.poll(() => tasksWith(out)).toEqual([]);
  }, 60_000);

  test("tasks over MPI write what one process writes", async ({ skip }) => {
    const out = join(scratchFolder(), "out");
    // Which of them is right depends on the MPI that the addon was built against.
    for (const mpi of ["pmix", "pmi2"]) {
      const { code, err } = await slurm.run([
        ...["srun", "--ntasks", "2", `--mpi=${mpi}`, ...program, ...trainArgs(out, "--transport", "mpi")],
      ]);
      if (/error STATE: --transport mpi: |specified plugin/.test(err)) continue;

      expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
      expect(modelOf(out)).toEqual(modelOf(folder, "1"));
      return;
    }
    skip("the addon for MPI is not built, or Slurm has no interface to its MPI");
  }, 60_000);
});
