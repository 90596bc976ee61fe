import { createMemoryTransports } from "@dqrm/comm";
import { transportConformance } from "@dqrm/comm/conformance";
import { describe, expect, test } from "vitest";
import { endOf, mpiUnderTest, startJob, type Job, type MpiUnderTest } from "./mpi-under-test.ts";
import { exchangeSum } from "./programs/exchange-sum.mjs";
import { openRemoteGroup } from "./remote-ends.ts";

const KINDS = ["Open MPI", "MPICH"] as const;
const found = await Promise.all(KINDS.map(async (name) => ({ name, mpi: await mpiUnderTest(name) })));

/** Runs a task and gives what the ranks printed, in rank order. */
async function results(mpi: MpiUnderTest, task: string, ranks: number): Promise<readonly string[]> {
  const job: Job = { ranks, program: "work-rank", args: [task] };
  const { code, output } = await endOf(startJob(mpi, job));
  if (code !== 0) throw new Error(`exit code ${code}: ${output}`);
  return Array.from(
    { length: ranks },
    (_, rank) => new RegExp(`^${rank}: (.*)$`, "m").exec(output)?.[1] ?? `no line: ${output}`,
  );
}

for (const { mpi, name } of found) {
  const reason = typeof mpi === "string" ? ` (${mpi})` : "";

  describe.skipIf(typeof mpi === "string")(`over ${name}${reason}`, () => {
    const present = mpi as MpiUnderTest;

    for (const { name: promise, run } of transportConformance("mpi", (size) =>
      openRemoteGroup(present)(size),
    )) {
      test(promise, run);
    }

    test("four ranks gather messages of 5 MB", async () => {
      expect(await results(present, "gather", 4)).toEqual(Array(4).fill("4 whole"));
    });

    test("ten thousand tiny messages stay in order", async () => {
      expect(await results(present, "tiny", 2)).toEqual(["in order", "in order"]);
    });

    test("floats that every rank adds up in rank order are the same bits twice and everywhere", async () => {
      const sums = [...(await results(present, "sum", 3)), ...(await results(present, "sum", 3))];

      expect(new Set(sums).size).toBe(1);
      expect(sums[0]).toMatch(/^[0-9a-f]{64}$/);
    });

    test.each([2, 3])("%i ranks exchange gradients as ends in memory do, bit for bit", async (ranks) => {
      const expected = await Promise.all(createMemoryTransports(ranks).map(exchangeSum));

      expect(await results(present, "exchange", ranks)).toEqual(expected);
    });
  });
}
