import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { done, excerpt, sharedFolder, SMALL } from "./call.ts";
import { fakeKernels } from "./fake-kernels.ts";

const ADULT = excerpt("adult-train-400.csv");
const FAKE = ["--kernels", "fake"];

const shared = sharedFolder();
const model = join(shared, "model");
beforeAll(async () => {
  await done(["train", "--data", ADULT, "--out", model, "--epochs", "1", ...SMALL]);
});

const commands = [
  ["train", ["--out", join(shared, "other"), "--overwrite", "--epochs", "1", ...SMALL]],
  ["train", ["--resume", model, "--overwrite", "--epochs", "2"]],
  ["evaluate", ["--model", model]],
  ["predict", ["--model", model]],
] as const;

describe.each(commands)("dqrm %s %j", (command, flags) => {
  test("loads its kernels with the threads of the call, or the cores of the machine", async () => {
    const kernels = fakeKernels(8);
    const { importModule } = kernels;

    await done([command, "--data", ADULT, ...flags, ...FAKE], { importModule });
    await done([command, "--data", ADULT, ...flags, ...FAKE, "--threads", "3"], { importModule });

    expect(kernels.loads).toEqual([{ threads: 2 }, { threads: 3 }]);
  });

  test("says on what its kernels run, and when they have fewer threads than were asked for", async () => {
    const { importModule } = fakeKernels(2);

    const { err } = await done([command, "--data", ADULT, ...flags, ...FAKE, "--threads", "3"], {
      importModule,
    });

    expect(err).toContain("kernels: fake (paper, 2 threads), reference\n");
    expect(err).toContain("threads: 2 of 3, for the fake kernels run on 2\n");
  });

  test("keeps the weights in memory of the kernels", async () => {
    const kernels = fakeKernels(1);
    const { importModule } = kernels;

    await done([command, "--data", ADULT, ...flags, ...FAKE], { importModule });

    expect(kernels.arenas).not.toEqual([]);
    expect(kernels.arenas.every(({ usedBytes }) => usedBytes > 0)).toBe(true);
  });
});

test("reference kernels run on one thread, and say so when more are asked for", async () => {
  const quiet = await done(["evaluate", "--model", model, "--data", ADULT]);
  const asked = await done(["evaluate", "--model", model, "--data", ADULT, "--threads", "2"]);

  expect(quiet.err).not.toContain("threads");
  expect(asked.err).toContain("threads: 1 of 2, for the reference kernels run on one thread\n");
});
