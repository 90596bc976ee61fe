import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  allocateModelState,
  compileTraining,
  createArena,
  createKernels,
  isDqrmError,
  reference,
  type ModelSpec,
  type OptimizerSpec,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { copyModelState } from "../../src/index.ts";
import {
  listCheckpoints,
  loadCheckpoint,
  loadLatestCheckpoint,
  saveCheckpoint,
} from "../../src/node/index.ts";
import { MAX_MANIFEST_BYTES } from "../../src/node/manifest.ts";
import {
  mixedSpec,
  randomBatch,
  randomState,
  smallSpec,
  stateArrays,
  stateBits,
  storedSpec,
} from "../model-cases.ts";
import { config, expectLoads, failure, periodic, readers, save, spec, trainer } from "./checkpoint-cases.ts";
import { scratchDirectory } from "./scratch.ts";

const kernels = createKernels([reference]);

describe("a saved checkpoint", () => {
  test("gives back configuration, description, step and trainer state", async () => {
    const path = await save(await scratchDirectory(), 12);

    const loaded = await loadCheckpoint(path, readers);

    expect({ ...loaded, state: undefined }).toEqual({
      path,
      config,
      spec,
      best: undefined,
      trainer,
      state: undefined,
    });
    await expectLoads(path, 12);
  });

  test("is read into memory that threads can share, each large array on a cache line", async () => {
    const path = await save(await scratchDirectory(), 1);

    const { state } = await loadCheckpoint(path, { ...readers, arena: createArena(1 << 20) });

    const { weights } = state.tables[0];
    expect(weights.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(weights.byteOffset % 64).toBe(0);
  });

  test("replaces a checkpoint of the same step", async () => {
    const directory = await scratchDirectory();
    await save(directory, 5);
    const state = randomState(spec, 99);
    state.step = 5;

    await saveCheckpoint(directory, { config, spec, state, best: undefined, trainer }, { keep: 1 });

    const loaded = await loadLatestCheckpoint(directory, readers);
    expect(stateBits(spec, loaded.state)).toEqual(stateBits(spec, state));
    expect((await readdir(loaded.path)).sort()).toEqual([
      "config.json",
      "manifest.json",
      "model.safetensors",
      "optimizer.safetensors",
      "trainer_state.json",
    ]);
  });

  test("is one of the newest k that stay", async () => {
    const directory = await scratchDirectory();

    for (const step of [2, 10, 9, 30]) await save(directory, step, 2);

    expect((await listCheckpoints(directory)).map(({ step }) => step)).toEqual([30, 10]);
  });

  test("stays although newer ones of an abandoned run are there", async () => {
    const directory = await scratchDirectory();
    await save(directory, 100, 1);

    await save(directory, 50, 1);

    expect((await listCheckpoints(directory)).map(({ step }) => step)).toEqual([50]);
  });

  test("refuses to be saved where nothing is kept", async () => {
    const directory = await scratchDirectory();

    expect(await failure(() => save(directory, 1, 0))).toMatchObject({ code: "VALUE" });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("training that resumes", () => {
  const optimizers: readonly OptimizerSpec[] = [
    { kind: "sgd" },
    { kind: "adagrad", epsilon: 1e-10 },
    { kind: "rowwise-adagrad", epsilon: 1e-10 },
  ];
  const linearQuantization = { kind: "fake", bits: 4, granularity: "channel", bias: "same" } as const;
  const specs: readonly (readonly [string, ModelSpec])[] = optimizers.flatMap((optimizer) => [
    [`mixed features, ${optimizer.kind}`, mixedSpec(optimizer)] as const,
    [`stored tables, ${optimizer.kind}`, storedSpec(optimizer, { bits: 5 })] as const,
    [
      `periodic scales, ${optimizer.kind}`,
      smallSpec([periodic, periodic], { optimizer, linearQuantization }),
    ] as const,
  ]);

  function train(
    model: ModelSpec,
    state: ReturnType<typeof randomState>,
    from: number,
    to: number,
  ): number[] {
    const plan = compileTraining(model, state, kernels, { maxBatch: 8 });
    const losses: number[] = [];
    for (let k = from; k < to; k++) losses.push(plan.step(randomBatch(model, 8, k), 0.1));
    plan.sync();
    return losses;
  }

  test.each(specs)("is the uninterrupted training, bit for bit (%s)", async (_, model) => {
    const directory = await scratchDirectory();
    const whole = randomState(model, 1);
    const losses = train(model, whole, 0, 8);
    const first = randomState(model, 1);
    train(model, first, 0, 4);
    const path = await saveCheckpoint(
      directory,
      { config, spec: model, state: first, best: undefined, trainer },
      { keep: 1 },
    );

    const { state } = await loadCheckpoint(path, readers);
    const resumed = train(model, state, 4, 8);

    expect(resumed).toEqual(losses.slice(4));
    expect(state.step).toBe(8);
    expect(stateBits(model, state)).toEqual(stateBits(model, whole));
  });

  test("keeps every array that a state has, whatever the optimizer", async () => {
    for (const [, model] of specs) {
      const directory = await scratchDirectory();
      const state = allocateModelState(model, createArena(1 << 16));
      let next = 1;
      for (const array of stateArrays(model, state).values()) array.fill(next++);

      const path = await saveCheckpoint(
        directory,
        { config, spec: model, state, best: undefined, trainer },
        { keep: 1 },
      );

      const loaded = await loadCheckpoint(path, readers);
      expect(stateBits(model, loaded.state)).toEqual(stateBits(model, state));
    }
  });

  test("can go on in arrays that exist already", async () => {
    const path = await save(await scratchDirectory(), 6);
    const mine = randomState(spec, 1000);

    copyModelState((await loadCheckpoint(path, readers)).state, mine);

    expect(mine.step).toBe(6);
    expect(stateBits(spec, mine)).toEqual(stateBits(spec, randomState(spec, 6)));
  });

  test("refuses arrays of another model and changes none of them", () => {
    const mine = randomState(smallSpec([periodic]), 1);
    const before = structuredClone(mine);

    expect(() => {
      copyModelState(randomState(spec, 1), mine);
    }).toThrow("copyModelState: tables has 2 elements, expected 1");
    expect(mine).toEqual(before);
  });
});

describe("a damaged checkpoint", () => {
  const files = ["config.json", "model.safetensors", "optimizer.safetensors", "trainer_state.json"];

  test.each([...files, "manifest.json"])(
    "with %s cut short names the file and offers the previous one",
    async (file) => {
      const directory = await scratchDirectory();
      const previous = await save(directory, 1);
      const path = await save(directory, 2);
      const { length } = await readFile(join(path, file));
      await truncate(join(path, file), length - 3);

      const error = await failure(() => loadLatestCheckpoint(directory, readers));

      expect(isDqrmError(error, "FORMAT")).toBe(true);
      expect(String(error)).toContain(join(path, file));
      expect(String(error)).toContain(`${previous} is complete before it`);
      expect((await listCheckpoints(directory)).map(({ state }) => state.kind)).toEqual([
        "damaged",
        "complete",
      ]);
      await expectLoads(previous, 1);
    },
  );

  test.each(files)("with one changed bit in %s fails its checksum", async (file) => {
    const directory = await scratchDirectory();
    const path = await save(directory, 2);
    const bytes = await readFile(join(path, file));
    bytes[bytes.length >> 1] ^= 4;
    await writeFile(join(path, file), bytes);

    const error = await failure(() => loadCheckpoint(path, readers));

    expect(error).toMatchObject({ code: "FORMAT", details: { source: join(path, file) } });
    expect(String(error)).toContain("CRC-32");
  });

  test.each(files)("without %s says which file is missing", async (file) => {
    const directory = await scratchDirectory();
    const path = await save(directory, 2);
    await rm(join(path, file));

    const error = await failure(() => loadCheckpoint(path, readers));

    expect(error).toMatchObject({ code: "IO", details: { path: join(path, file) } });
  });

  test("with a manifest that cannot be read is damaged, and no older one is taken in its place", async () => {
    const directory = await scratchDirectory();
    await save(directory, 1);
    const path = await save(directory, 2);
    // Reading a directory as a file fails as a broken disk does: by an IO error that is not absence.
    await rm(join(path, "manifest.json"));
    await mkdir(join(path, "manifest.json"));

    const error = await failure(() => loadLatestCheckpoint(directory, readers));

    expect(error).toMatchObject({ code: "FORMAT", details: { source: join(path, "manifest.json") } });
    expect((await listCheckpoints(directory)).map(({ state }) => state.kind)).toEqual([
      "damaged",
      "complete",
    ]);
  });

  test("says so when there is no earlier one", async () => {
    const directory = await scratchDirectory();
    const path = await save(directory, 2);
    await truncate(join(path, "model.safetensors"), 10);

    const error = await failure(() => loadLatestCheckpoint(directory, readers));

    expect(String(error)).toContain("no earlier one is complete");
  });

  test("of another version is refused and the expected one named", async () => {
    const path = await save(await scratchDirectory(), 2);
    const file = join(path, "manifest.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"version": 1', '"version": 2, "new": {}'));

    const error = await failure(() => loadCheckpoint(path, readers));

    expect(error).toMatchObject({
      code: "FORMAT",
      details: { source: file, expected: "version 1", actual: "2" },
    });
  });

  test("with a manifest above its limit is refused before the manifest is read", async () => {
    const path = await save(await scratchDirectory(), 2);
    await truncate(join(path, "manifest.json"), MAX_MANIFEST_BYTES + 1);

    const error = await failure(() => loadCheckpoint(path, readers));

    expect(error).toMatchObject({ code: "LIMIT", details: { limit: "MAX_MANIFEST_BYTES" } });
  });

  test.each([
    ["__proto__", '{"__proto__": {"polluted": true}}', "__proto__"],
    [
      "a file outside the directory",
      '{"format":"dqrm-checkpoint","version":1,"files":[{"name":"../x","bytes":1,"crc32":1}]}',
      "a bare file name",
    ],
    ["no files", '{"format":"dqrm-checkpoint","version":1,"files":[]}', "a list of at least 1"],
    ["another format", '{"format":"dqrm-model-directory","version":1,"files":[]}', "format"],
  ])("with %s in its manifest is refused", async (_, manifest, message) => {
    const path = await save(await scratchDirectory(), 2);
    await writeFile(join(path, "manifest.json"), manifest);

    const error = await failure(() => loadCheckpoint(path, readers));

    expect(isDqrmError(error, "CONFIG") || isDqrmError(error, "FORMAT")).toBe(true);
    expect(String(error)).toContain(message);
    expect("polluted" in {}).toBe(false);
  });

  test("cannot be made of JSON with __proto__: saving refuses it", async () => {
    const directory = await scratchDirectory();
    const hostile: unknown = JSON.parse('{"__proto__": 1}');
    const state = randomState(spec, 1);

    const error = await failure(() =>
      saveCheckpoint(directory, { config: hostile, spec, state, best: undefined, trainer }, { keep: 1 }),
    );

    expect(error).toMatchObject({ code: "CONFIG", details: { path: "__proto__" } });
    expect(await listCheckpoints(directory)).toEqual([]);
  });
});

describe("a directory without checkpoints", () => {
  test("has an empty list", async () => {
    expect(await listCheckpoints(join(await scratchDirectory(), "absent"))).toEqual([]);
  });

  test("cannot be resumed from", async () => {
    const directory = await scratchDirectory();

    const error = await failure(() => loadLatestCheckpoint(directory, readers));

    expect(error).toMatchObject({ code: "IO", details: { path: directory } });
  });
});
