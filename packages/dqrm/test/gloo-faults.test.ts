import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "@dqrm/core";
import { beforeAll, describe, expect, test } from "vitest";
import { built, bytesOf, runBuilt, scratchFolder, sharedFolder, SMALL } from "./call.ts";
import { firstCheckpoint, startGroup, type GroupProcess } from "./group-processes.ts";
import { whyNoGloo } from "./why-no-gloo.ts";

/** 24,000 training samples in 1,500 steps an epoch: a few seconds. */
const DATA = "synthetic:planted?rows=30000&seed=3&tableRows=10,100,1000";
const SIZE = 3;
const TIMEOUT_SECONDS = 2;

/** Losses of each kind; the nightly command asks for more (docs/contributing/style.md). */
const ROUNDS = Number(process.env["DQRM_FAULTS"] ?? 1);

/** Far above what a loss takes to be heard of, far below what a test may take: a machine may be busy. */
const SLACK_MS = 5000;

const trainArgs = (out: string): readonly string[] => [
  ...[
    "train",
    "--data",
    DATA,
    "--out",
    out,
    ...SMALL,
    "--set",
    "training.batchSize=16",
    "--kernels",
    "reference",
  ],
  ...["--epochs", "1", "--shards", "3", "--codec", "int4", "--checkpoint-every", "100"],
  ...["--transport", "gloo", "--peer-timeout", String(TIMEOUT_SECONDS)],
];

const reason = built ? await whyNoGloo() : "the command is not built";
if (reason !== undefined) console.warn(`losses of processes are not tested: ${reason}`);

describe.skipIf(reason !== undefined)("of three processes over gloo", () => {
  const whole = sharedFolder();
  const random = createRandom({ seed: 20, stream: 0 });

  beforeAll(() => {
    expect(runBuilt(trainArgs(whole))).toMatchObject({ code: 0 });
  }, 60_000);

  test("a launcher's processes write what one process writes, byte for byte", async () => {
    const out = join(scratchFolder(), "out");

    const outcomes = await Promise.all((await startGroup(SIZE, trainArgs(out))).map(({ ended }) => ended));

    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(outcomes.slice(1).map(({ err }) => err)).toEqual(["", ""]);
    expect(bytesOf(out, "model.safetensors")).toEqual(bytesOf(whole, "model.safetensors"));
  }, 60_000);

  test("processes that the command starts itself write the same", () => {
    const out = join(scratchFolder(), "out");

    expect(runBuilt([...trainArgs(out), "--workers", "3"])).toMatchObject({ code: 0 });

    expect(bytesOf(out, "model.safetensors")).toEqual(bytesOf(whole, "model.safetensors"));
  }, 60_000);

  describe.each([
    ["SIGKILL", 0],
    ["SIGTERM", 0],
    ["SIGSTOP", 1000 * TIMEOUT_SECONDS],
  ] as const)("%s of one", (signal, silentMs) => {
    test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
      "ends the others with a line that names it, and the run goes on from its checkpoint to the same bytes (round %i)",
      async (round) => {
        const out = join(scratchFolder(), "out");
        const group = await startGroup(SIZE, trainArgs(out));
        const lost = group[(round + SIZE - 1) % SIZE];
        await firstCheckpoint(out);
        await sleep(random.next() * 500);

        lost.kill(signal);
        const at = performance.now();
        const survivors = await Promise.all(
          group.filter((other) => other !== lost).map(({ ended }) => ended),
        );
        await end(lost);

        for (const { at: ended, code, err } of survivors) {
          expect(err).toMatch(
            new RegExp(`error PEER: rank ${lost.rank} at step \\d+: exchange of gradients: [^\\n]+$`),
          );
          expect(err.match(/^error/gm)).toHaveLength(1);
          expect(code).toBe(75);
          expect(ended - at).toBeLessThan(silentMs + SLACK_MS);
        }
        const resumed = runBuilt(["train", "--data", DATA, "--resume", out, "--kernels", "reference"]);
        expect(resumed).toMatchObject({ code: 0 });
        expect(bytesOf(out, "model.safetensors")).toEqual(bytesOf(whole, "model.safetensors"));
      },
      60_000,
    );
  });
});

async function end(process: GroupProcess): Promise<void> {
  process.kill("SIGKILL");
  await process.ended;
}
