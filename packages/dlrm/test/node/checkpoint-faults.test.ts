import { readdir, truncate } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import type { TrainerState } from "../../src/index.ts";
import {
  checkpointPath,
  listCheckpoints,
  loadLatestCheckpoint,
  saveCheckpoint,
  type LoadedCheckpoint,
} from "../../src/node/index.ts";
import { randomState, stateBits } from "../model-cases.ts";
import { config, expectLoads, failure, readers, save, spec, trainer } from "./checkpoint-cases.ts";
import { faultyDisk, unsyncedDisk } from "./faulty-disk.ts";
import { scratchDirectory } from "./scratch.ts";

describe("a disk that fails while saving", () => {
  const state = randomState(spec, 2);
  state.step = 2;
  const content = { config, spec, state, best: undefined, trainer };

  async function latest(directory: string): Promise<LoadedCheckpoint<unknown, TrainerState>> {
    return await loadLatestCheckpoint(directory, readers);
  }

  test.each(["once", "for good"] as const)(
    "%s, at any call: an IO error, and the previous checkpoint or the new one is whole",
    async (lasting) => {
      const dry = faultyDisk(-1, "ENOSPC");
      const base = await scratchDirectory();
      await save(base, 1);
      await saveCheckpoint(base, content, { keep: 1, disk: dry });
      const commit = dry.calls.findIndex(
        ({ operation, path }) => operation === "rename" && path.endsWith(".committed"),
      );

      for (let call = 0; call < dry.calls.length; call++) {
        const directory = await scratchDirectory();
        await save(directory, 1);
        const error = await failure(() =>
          saveCheckpoint(directory, content, { keep: 1, disk: faultyDisk(call, "ENOSPC", lasting) }),
        );

        expect(error, `call ${call}`).toMatchObject({
          code: "IO",
          details: { expected: "enough free space on the disk" },
        });
        const expected = call > commit ? 2 : 1;
        const loaded = await latest(directory);
        expect(loaded.state.step, `call ${call}`).toBe(expected);
        expect(stateBits(spec, loaded.state)).toEqual(stateBits(spec, randomState(spec, expected)));

        await saveCheckpoint(directory, content, { keep: 1, disk: unsyncedDisk });
        expect(await readdir(join(directory, "checkpoints")), `call ${call}`).toEqual(["step-2"]);
        expect((await readdir(checkpointPath(directory, 2))).filter((name) => name.startsWith("."))).toEqual(
          [],
        );
        await expectLoads(checkpointPath(directory, 2), 2);
      }
    },
  );

  test("is survived by the checkpoint of the same step", async () => {
    const dry = faultyDisk(-1, "EIO");
    const again = randomState(spec, 77);
    again.step = 2;
    const base = await scratchDirectory();
    await save(base, 2);
    await saveCheckpoint(base, { ...content, state: again }, { keep: 2, disk: dry });
    const commit = dry.calls.findIndex(
      ({ operation, path }) => operation === "rename" && path.endsWith(".committed"),
    );

    for (let call = 0; call < dry.calls.length; call++) {
      const directory = await scratchDirectory();
      await save(directory, 2);
      const error = await failure(() =>
        saveCheckpoint(directory, { ...content, state: again }, { keep: 2, disk: faultyDisk(call, "EIO") }),
      );

      expect(error, `call ${call}`).toMatchObject({ code: "IO" });
      const { state: found } = await latest(directory);
      expect(stateBits(spec, found), `call ${call}`).toEqual(
        stateBits(spec, call > commit ? again : randomState(spec, 2)),
      );
    }
  });

  test("sees every file and directory synced before the rename that commits", async () => {
    const disk = faultyDisk(-1, "EIO");

    await saveCheckpoint(await scratchDirectory(), content, { keep: 1, disk });

    const operations = disk.calls.map(
      ({ operation, path }) => `${operation} ${path.slice(path.lastIndexOf("/") + 1)}`,
    );
    const commit = operations.indexOf("rename .committed");
    for (const file of [
      "config.json",
      "model.safetensors",
      "optimizer.safetensors",
      "trainer_state.json",
      "manifest.json",
    ]) {
      expect(operations.indexOf(`sync ${file}`), file).toBeGreaterThan(
        operations.lastIndexOf(`write ${file}`),
      );
      expect(operations.indexOf(`sync ${file}`), file).toBeLessThan(commit);
    }
    expect(operations[commit - 1]).toBe("syncDirectory .writing");
    expect(operations[commit + 1]).toBe("syncDirectory step-2");
  });

  test("sees the moved files synced before the last trace of the commit is removed", async () => {
    const disk = faultyDisk(-1, "EIO");
    const directory = await scratchDirectory();

    await saveCheckpoint(directory, content, { keep: 1, disk });

    const operations = disk.calls.map(({ operation, path }) => `${operation} ${relative(directory, path)}`);
    const removal = operations.lastIndexOf("remove checkpoints/step-2/.committed");
    expect(operations[removal - 1]).toBe("syncDirectory checkpoints/step-2");
    expect(operations[removal - 2]).toMatch(/^rename checkpoints\/step-2\//);
  });

  test("sees the names of new directories synced, up to the one that was there", async () => {
    const disk = faultyDisk(-1, "EIO");
    const directory = await scratchDirectory();

    await saveCheckpoint(join(directory, "runs", "a"), content, { keep: 1, disk });

    const synced = disk.calls.filter(({ operation }) => operation === "syncDirectory");
    expect(synced.slice(0, 4).map(({ path }) => relative(directory, path))).toEqual([
      "runs/a/checkpoints",
      "runs/a",
      "runs",
      "",
    ]);
  });

  test("sees a checkpoint lose its manifest first when it is not kept any more", async () => {
    const disk = faultyDisk(-1, "EIO");
    const directory = await scratchDirectory();
    await save(directory, 1);

    await saveCheckpoint(directory, content, { keep: 1, disk });

    const removed = disk.calls.filter(({ operation }) => operation === "remove");
    expect(removed.slice(-3).map(({ path }) => relative(checkpointPath(directory, 1), path))).toEqual([
      ".committed/manifest.json",
      "manifest.json",
      "",
    ]);
  });
});

test("a damaged checkpoint does not count among those that are kept", async () => {
  const directory = await scratchDirectory();
  await save(directory, 1);
  await truncate(join(await save(directory, 2), "model.safetensors"), 10);

  await save(directory, 3, 2);

  const kept = await listCheckpoints(directory);
  expect(kept.map(({ state, step }) => [step, state.kind])).toEqual([
    [3, "complete"],
    [1, "complete"],
  ]);
});
