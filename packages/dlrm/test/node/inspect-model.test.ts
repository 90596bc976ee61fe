import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeTableFile, type PackedRows } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { inspectPath, loadModelDirectory, MODEL_FILES, type ModelInspection } from "../../src/node/index.ts";
import { failure } from "./checkpoint-cases.ts";
import { content, int4, readers, saved } from "./model-directory-cases.ts";
import { scratchDirectory } from "./scratch.ts";

describe("inspectPath", () => {
  async function inspectModel(path: string): Promise<ModelInspection> {
    const inspection = await inspectPath(path);
    if (inspection.kind !== "model") throw new TypeError("not a model");
    return inspection;
  }

  test("accounts for every byte of a model directory", async () => {
    const directory = await saved();

    const { bytes, files, totalBytes } = await inspectModel(directory);

    const { codes, header, layers, padding, pooling, scales, total } = bytes;
    expect(codes + header + layers + padding + pooling + scales).toBe(total);
    for (const { bytes: length, name } of files) {
      expect((await readFile(join(directory, name))).length, name).toBe(length);
    }
    expect(files.reduce((sum, file) => sum + file.bytes, 0)).toBe(totalBytes);
    expect(files.find(({ name }) => name === MODEL_FILES.model)?.bytes).toBe(total);
    expect(files.map(({ name }) => name)).toContain("manifest.json");
  });

  test("measures a card that was edited", async () => {
    const directory = await saved();
    const card = join(directory, MODEL_FILES.card);
    await writeFile(card, `${await readFile(card, "utf8")}\nA note.\n`);

    const { files } = await inspectModel(directory);

    expect(files.find(({ name }) => name === MODEL_FILES.card)?.bytes).toBe((await readFile(card)).length);
    expect((await loadModelDirectory(directory, readers)).config).toEqual(content.config);
  });

  test("describes tables by the names of their features", async () => {
    const { tables } = await inspectModel(await saved());

    expect(tables).toEqual([
      {
        name: "C0",
        rows: 300,
        cols: 5,
        bits: 4,
        scheme: "symmetric",
        granularity: { kind: "row" },
        codeBytes: 900,
        scaleBytes: 1200,
        quantization: int4,
      },
      {
        name: "C1",
        rows: 307,
        cols: 5,
        bits: 32,
        scheme: null,
        granularity: null,
        codeBytes: 6140,
        scaleBytes: 0,
        quantization: { kind: "none" },
      },
    ]);
  });

  test("describes layers and learned pooling weights", async () => {
    const { layers } = await inspectModel(await saved());

    expect(layers.map(({ bits, name }) => `${name} ${bits}`)).toEqual([
      "tables.1.pooling 32",
      "bottom.0.weight 8",
      "bottom.0.bias 32",
      "bottom.1.weight 8",
      "bottom.1.bias 32",
      "top.0.weight 8",
      "top.0.bias 32",
      "top.1.weight 8",
      "top.1.bias 32",
    ]);
  });

  test("describes a table file", async () => {
    const path = join(await scratchDirectory(), "C1.dqt");
    const rows: PackedRows = {
      format: { bits: 4, cols: 16, scheme: "asymmetric", granularity: { kind: "row" } },
      rows: 10,
      codes: new Uint8Array(80),
      scale: new Float32Array(10),
      bias: new Float32Array(10),
    };
    await writeFile(path, encodeTableFile(rows));

    const inspection = await inspectPath(path);

    // Header 64; scales 40 and biases 40, each padded to 64; codes 80.
    expect(inspection).toEqual({
      kind: "table",
      path,
      table: {
        name: path,
        rows: 10,
        cols: 16,
        bits: 4,
        scheme: "asymmetric",
        granularity: { kind: "row" },
        codeBytes: 80,
        scaleBytes: 80,
      },
      headerBytes: 64,
      paddingBytes: 48,
      totalBytes: 272,
    });
  });

  test("refuses a model whose header is damaged", async () => {
    const directory = await saved();
    const file = join(directory, MODEL_FILES.model);
    const bytes = await readFile(file);
    bytes[8] = 0;
    await writeFile(file, bytes);

    expect(await failure(() => inspectPath(directory))).toMatchObject({
      code: "FORMAT",
      details: { source: file },
    });
  });

  test("refuses a path that is absent", async () => {
    const path = join(await scratchDirectory(), "absent");

    expect(await failure(() => inspectPath(path))).toMatchObject({ code: "IO", details: { path } });
  });
});
