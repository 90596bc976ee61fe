import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { endOf, mpiUnderTest, startJob, type JobEnd, type MpiUnderTest } from "./mpi-under-test.ts";

const KINDS = ["Open MPI", "MPICH"] as const;
const found = await Promise.all(KINDS.map(async (name) => ({ name, mpi: await mpiUnderTest(name) })));

/** The programs are given 2 seconds of silence; a launcher may take another to end the ranks, and a busy machine more. */
const LIMIT_MS = 2000 + 1000 + 4000;

interface Fault extends JobEnd {
  readonly pids: readonly number[];
  readonly tookMs: number;
}

/** Lets the last of three ranks fail, and waits for the end of all. */
async function fail(mpi: MpiUnderTest, how: string): Promise<Fault> {
  const job = startJob(mpi, { ranks: 3, program: "fault-rank", args: [how, "20"] });
  const pids: number[] = [];
  const started = untilAllSay(job, pids);
  const ended = endOf(job);
  await Promise.race([started, ended]);
  const at = Date.now();
  if (how.startsWith("SIG")) process.kill(pids[2], how);
  const end = await ended;
  return { ...end, pids, tookMs: Date.now() - at };
}

function untilAllSay(job: ChildProcess, pids: number[]): Promise<void> {
  let said = "";
  return new Promise((resolve) => {
    job.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      for (const [, rank, pid] of said.matchAll(/^pid (\d) (\d+)$/gm)) pids[Number(rank)] = Number(pid);
      if (Object.keys(pids).length === 3) resolve();
    });
  });
}

async function expectNoOrphans(pids: readonly number[]): Promise<void> {
  const alive = (): readonly number[] => pids.filter((pid) => existsSync(`/proc/${pid}`));
  for (let i = 0; i < 50 && alive().length > 0; i++) await delay(100);
  expect(alive()).toEqual([]);
}

for (const { mpi, name } of found) {
  const reason = typeof mpi === "string" ? ` (${mpi})` : "";

  describe.skipIf(typeof mpi === "string")(`a rank that fails under ${name}${reason}`, () => {
    const present = mpi as MpiUnderTest;

    test.each([
      ["is killed", "SIGKILL"],
      ["exits with code 3", "exit"],
      ["throws", "throw"],
    ])("ends the job when it %s, and no process is left", async (_, how) => {
      const { code, pids, tookMs } = await fail(present, how);

      expect(code).not.toBe(0);
      expect(tookMs).toBeLessThan(LIMIT_MS);
      await expectNoOrphans(pids);
    });

    test("and hangs is named by the survivors, who end the job", async () => {
      const { code, output, pids, tookMs } = await fail(present, "SIGSTOP");

      expect(code).not.toBe(0);
      expect(output).toMatch(/^survivor: rank 2: receive: silence, expected a message within 2000 ms$/m);
      expect(tookMs).toBeLessThan(LIMIT_MS);
      await expectNoOrphans(pids);
    });

    test("and closes early is named by the survivors", async () => {
      const { code, output, pids } = await fail(present, "close");

      expect(code).not.toBe(0);
      expect(output).toMatch(/survivor: rank 2: receive: rank 2 is closed/);
      await expectNoOrphans(pids);
    });

    test("and aborts ends the job with its code", async () => {
      const { code, pids } = await fail(present, "abort");

      expect(code).toBe(5);
      await expectNoOrphans(pids);
    });
  });
}
