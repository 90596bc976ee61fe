import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { compileInference, createArena, createKernels, reference } from "@dqrm/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { packModel } from "../../src/index.ts";
import { loadModelDirectory, MODEL_FILES, saveModelDirectory } from "../../src/node/index.ts";
import { randomBatch, randomState, smallSpec } from "../model-cases.ts";
import { failure } from "./checkpoint-cases.ts";
import { faultyDisk, unsyncedDisk } from "./faulty-disk.ts";
import { content, model, readers, saved, spec } from "./model-directory-cases.ts";
import { scratchDirectory } from "./scratch.ts";

const kernels = createKernels([reference]);

describe("a model directory", () => {
  test("gives back configuration, preprocessing and the packed model", async () => {
    const directory = await saved();

    const loaded = await loadModelDirectory(directory, readers);

    expect(loaded.config).toEqual(content.config);
    expect(loaded.preprocessing).toEqual(content.preprocessing);
    expect(loaded.model).toEqual(model);
  });

  test("serves the probabilities of the model that was saved", async () => {
    const loaded = await loadModelDirectory(await saved(), readers);
    const batch = randomBatch(spec, 16, 2);
    const [before, after] = [new Float32Array(16), new Float32Array(16)];

    compileInference(model, kernels, { maxBatch: 16 }).infer(batch, before);
    compileInference(loaded.model, kernels, { maxBatch: 16 }).infer(batch, after);

    expect(after).toEqual(before);
  });

  test("is read once into memory that threads can share: all tensors are views of one buffer", async () => {
    const loaded = await loadModelDirectory(await saved(), { ...readers, arena: createArena(0) });

    const [packed, floats] = loaded.model.tables;
    if (packed instanceof Float32Array || !(floats instanceof Float32Array))
      throw new TypeError("wrong kinds");
    expect(packed.codes.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(new Set([packed.codes.buffer, packed.scale.buffer, floats.buffer]).size).toBe(1);
    expect([packed.codes.byteOffset % 64, packed.scale.byteOffset % 64, floats.byteOffset % 64]).toEqual([
      0, 0, 0,
    ]);
  });

  test("keeps other files when it is saved again, and leaves nothing behind", async () => {
    const directory = await saved();
    await mkdir(join(directory, "checkpoints"));
    await writeFile(join(directory, "result.json"), "{}");

    await saveModelDirectory(directory, { ...content, config: { preset: "other" } }, unsyncedDisk);

    expect((await loadModelDirectory(directory, readers)).config).toEqual({ preset: "other" });
    expect((await readdir(directory)).sort()).toEqual([
      "README.md",
      "checkpoints",
      "config.json",
      "manifest.json",
      "metrics.jsonl",
      "model.safetensors",
      "preprocessing.json",
      "result.json",
    ]);
  });

  test("has a card with front matter, metrics and the bytes of every part", async () => {
    const directory = await saved();

    const card = await readFile(join(directory, MODEL_FILES.card), "utf8");

    expect(card.split("\n").slice(0, 12)).toEqual([
      "---",
      'license: "apache-2.0"',
      "library_name: dqrm",
      "tags:",
      '- "recommender"',
      '- "yes: \\"quoted\\""',
      "metrics:",
      '- "auc (test)"',
      '- "logloss"',
      "---",
      "",
      "# Clicks | demo",
    ]);
    expect(card).toContain("| auc (test) | 0.75 |");
    // 300 rows of 5 four-bit codes are 300 × 3 bytes, and 307 rows of 5 floats 307 × 20.
    expect(card).toContain("| embedding tables | 7040 |");
    expect(card).toContain("| C0 | 300 | 5 | INT4, symmetric, one scale per row |");
  });

  test("has one line of metrics for each record", async () => {
    const lines = await readFile(join(await saved(), MODEL_FILES.metrics), "utf8");

    expect(lines).toBe('{"epoch":0,"auc":0.7}\n{"epoch":1,"auc":0.75}\n');
  });
});

describe("a damaged model directory", () => {
  const loaded = [MODEL_FILES.config, MODEL_FILES.model, MODEL_FILES.preprocessing] as const;

  test.each(loaded)("with %s cut short names the file and the place", async (file) => {
    const directory = await saved();
    const { length } = await readFile(join(directory, file));
    await truncate(join(directory, file), length - 1);

    const error = await failure(() => loadModelDirectory(directory, readers));

    expect(error).toMatchObject({
      code: "FORMAT",
      details: { source: join(directory, file), offset: length - 1, actual: `${length - 1} bytes` },
    });
  });

  test.each(loaded)("with one changed byte in %s fails its checksum", async (file) => {
    const directory = await saved();
    const bytes = await readFile(join(directory, file));
    bytes[bytes.length - 2] ^= 1;
    await writeFile(join(directory, file), bytes);

    const error = await failure(() => loadModelDirectory(directory, readers));

    expect(error).toMatchObject({ code: "FORMAT", details: { source: join(directory, file) } });
  });

  test("of another version is refused and the expected one named", async () => {
    const directory = await saved();
    const file = join(directory, "manifest.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"version": 1', '"version": 3'));

    const error = await failure(() => loadModelDirectory(directory, readers));

    expect(error).toMatchObject({
      code: "FORMAT",
      details: { source: file, expected: "version 1", actual: "3" },
    });
  });

  test("that is missing says which file was expected", async () => {
    const directory = join(await scratchDirectory(), "absent");

    const error = await failure(() => loadModelDirectory(directory, readers));

    expect(error).toMatchObject({ code: "IO", details: { path: join(directory, "manifest.json") } });
  });

  test.each(["config", "preprocessing"] as const)("cannot be made of %s with __proto__", async (part) => {
    const hostile: unknown = JSON.parse('{"a": {"__proto__": 1}}');

    const error = await failure(() => saved({ [part]: hostile }));

    expect(error).toMatchObject({ code: "CONFIG", details: { path: "__proto__" } });
  });

  test("cannot be made of a configuration that is no JSON", async () => {
    expect(await failure(() => saved({ config: undefined }))).toMatchObject({ code: "CONFIG" });
  });
});

describe("a disk that is full", () => {
  test("at any call of a save leaves the old model or the new one whole", async () => {
    const changed = {
      ...content,
      config: { preset: "new" },
      preprocessing: { version: 1, columns: ["new"] },
    };
    const dry = faultyDisk(-1, "ENOSPC");
    await saveModelDirectory(await saved(), changed, dry);

    for (let call = 0; call < dry.calls.length; call++) {
      const directory = await saved();
      const error = await failure(() => saveModelDirectory(directory, changed, faultyDisk(call, "ENOSPC")));

      const found = await loadModelDirectory(directory, readers);
      expect(error, `call ${call}`).toMatchObject({
        code: "IO",
        details: { expected: "enough free space on the disk" },
      });
      expect([content.config, changed.config]).toContainEqual(found.config);
      expect(found.preprocessing).toEqual(
        JSON.stringify(found.config) === JSON.stringify(changed.config)
          ? changed.preprocessing
          : content.preprocessing,
      );
    }
  });

  test("in earnest, on a file system of 64 kB, is an IO error and the saved model stays", async ({
    skip,
  }) => {
    const directory = await scratchDirectory();
    const run = promisify(execFile);
    try {
      await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory]);
    } catch (error) {
      skip(`mounting a tmpfs is not permitted here: ${String(error)}`);
    }
    onTestFinished(async () => {
      await run("umount", [directory]);
    });
    await saveModelDirectory(directory, content);
    const large = smallSpec([{ kind: "none" }, { kind: "none" }]);
    const tables = large.tables.map((table) => ({ ...table, rows: 5000 }));
    const tooLarge = packModel({ ...large, tables }, randomState({ ...large, tables }, 2), kernels);

    const error = await failure(() => saveModelDirectory(directory, { ...content, model: tooLarge }));

    expect(error).toMatchObject({
      code: "IO",
      details: { operation: "write", expected: "enough free space on the disk" },
    });
    expect((await loadModelDirectory(directory, readers)).model).toEqual(model);
    expect((await readdir(directory)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("or a path that is a file is an IO error", async () => {
    const path = join(await scratchDirectory(), "file");
    await writeFile(path, "");

    const error = await failure(() => saveModelDirectory(path, content));

    expect(error).toMatchObject({ code: "IO", details: { path } });
  });
});
