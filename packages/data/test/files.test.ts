import { existsSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  createBatchBuffer,
  criteoRowsSource,
  csvRowsSource,
  DLRM_FIT,
  encode,
  fitPreprocessing,
  inferSchema,
  RECOMMENDED_FIT,
  type DataSource,
} from "@dqrm/data";
import { criteoSource, encodeToFile, expandPaths, inferFileSchema, openEncodedFile } from "@dqrm/data/node";
import { textInput } from "./byte-input.ts";
import { generateCriteoLines } from "./criteo-lines.ts";
import { messageOf, readRows } from "./read-rows.ts";
import { readSamples } from "./read-samples.ts";
import { scratchFolder } from "./scratch-folder.ts";

const lines = generateCriteoLines(5000, 2).map(({ text }) => `${text}\n`);
const text = lines.join("");

async function baggedSource(): Promise<DataSource> {
  const rows = Array.from({ length: 5000 }, (_, i) => {
    const tags = Array.from({ length: i % 4 }, (_tag, k) => `t${(i + 3 * k) % 9}`).join("|");
    return `${i % 2},${i / 4},s${i % 11},${tags},${1_600_000_000 - i}`;
  });
  const input = textInput("log.csv", `click,price,shop,tags,timestamp\n${rows.join("\n")}\n`, 1 << 14);
  return csvRowsSource([input], await inferSchema(input, {}));
}

describe("fileInput", () => {
  test("plain and compressed files give the same rows, whatever they are called", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "plain"), text);
    writeFileSync(join(folder, "packed"), gzipSync(text));
    writeFileSync(
      join(folder, "members"),
      Buffer.concat([gzipSync(lines[0]), gzipSync(lines.slice(1).join(""))]),
    );

    const [plain, packed, members] = await Promise.all(
      ["plain", "packed", "members"].map(async (name) => readRows(criteoSource([join(folder, name)]))),
    );

    const withoutFile = (rows: typeof plain) => rows.map(({ file: _, ...row }) => row);
    expect(withoutFile(packed)).toEqual(withoutFile(plain));
    expect(withoutFile(members)).toEqual(withoutFile(plain));
    expect(plain).toHaveLength(5000);
  });

  test("a truncated compressed file is refused with the place where it ends", async () => {
    const path = join(scratchFolder(), "day_0.gz");
    const packed = gzipSync(text);
    writeFileSync(path, packed.subarray(0, packed.length >> 1));

    expect(await messageOf(readRows(criteoSource([path])))).toBe(
      `${path}: at byte ${packed.length >> 1} found unexpected end of file, expected a complete gzip stream`,
    );
  });

  test("a damaged compressed file is refused", async () => {
    const path = join(scratchFolder(), "day_0.gz");
    const packed = gzipSync(text);
    packed[packed.length >> 1] ^= 0xff;
    writeFileSync(path, packed);

    expect(await messageOf(readRows(criteoSource([path])))).toMatch(/expected/);
  });

  test("a missing file, a folder and an empty file are refused by name", async () => {
    const folder = scratchFolder();
    const empty = join(folder, "empty");
    writeFileSync(empty, "");

    expect(await messageOf(readRows(criteoSource([join(folder, "none")])))).toMatch(/^open .*none: ENOENT/);
    expect(await messageOf(inferFileSchema(join(folder, "none"), {}))).toMatch(/expected a readable file$/);
    expect(await messageOf(readRows(criteoSource([folder])))).toMatch(/^read .*EISDIR/);
    expect(await messageOf(readRows(criteoSource([empty])))).toBe(
      `${empty}:1: found an empty file, expected a Criteo line`,
    );
  });
});

describe("expandPaths", () => {
  test("lists matches with numbers in their natural order", async () => {
    const folder = scratchFolder();
    for (const name of ["day_10.gz", "day_2.gz", "day_1", ".day_3.gz", "other"])
      writeFileSync(join(folder, name), "");

    expect(await expandPaths(join(folder, "day_*"))).toEqual(
      ["day_1", "day_2.gz", "day_10.gz"].map((n) => join(folder, n)),
    );
    expect(await expandPaths(join(folder, "day_?"))).toEqual([join(folder, "day_1")]);
    expect(await expandPaths("any/file.csv")).toEqual(["any/file.csv"]);
    expect(await messageOf(expandPaths(join(folder, "x*")))).toMatch(/x\*: none, expected files that match$/);
    expect(await messageOf(expandPaths("a*/b"))).toBe(
      "a*/b: (top level) is a*, expected * and ? in the last part only",
    );
    expect(await messageOf(expandPaths(join(folder, "none", "*")))).toMatch(/^list .*ENOENT/);
  });
});

describe("encodeToFile", () => {
  test.each([
    ["one index a feature", async () => Promise.resolve(criteoRowsSource([textInput("a", text, 1 << 14)]))],
    ["bags and times", baggedSource],
  ])("gives the same batches as memory does, in any order: %s", async (_, create) => {
    const source = await create();
    const path = join(scratchFolder(), "samples");
    const preprocessing = await fitPreprocessing(source, RECOMMENDED_FIT);

    const memory = await encode(source, preprocessing, { maxMemoryBytes: 1e9 });
    const file = await encodeToFile(source, preprocessing, { path, fingerprint: "f" });
    const again = openEncodedFile(path, { fingerprint: "f", verify: true });

    expect(file.features.map(({ name, rows }) => ({ name, rows }))).toEqual(memory.features);
    expect(file.sections).toEqual(memory.sections);
    expect(file.timestamps).toEqual(memory.timestamps);
    expect(readSamples(file)).toEqual(readSamples(memory));
    expect(readSamples(again, 9)).toEqual(readSamples(memory, 9));
    file.close();
    again.close();
    expect(() => readSamples(file)).toThrow("fill: closed, expected an open dataset");
    expect(readdirSync(join(path, ".."))).toEqual(["samples"]);
  });

  test("a record takes 4 bytes for the label, each dense value and each index", async () => {
    const path = join(scratchFolder(), "samples");
    const source = criteoRowsSource([textInput("a", text, 1 << 14)]);
    const dataset = await encodeToFile(source, await fitPreprocessing(source, DLRM_FIT), {
      path,
      fingerprint: "",
    });
    dataset.close();

    const bytes = readFileSync(path);
    const descriptionBytes = bytes.readUInt32LE(12);

    expect(bytes.length).toBe(64 + 5000 * 160 + descriptionBytes);
  });

  test("leaves nothing behind and keeps the former file when the source fails", async () => {
    const folder = scratchFolder();
    const path = join(folder, "samples");
    const good = criteoRowsSource([textInput("a", text, 1 << 14)]);
    const preprocessing = await fitPreprocessing(good, DLRM_FIT);
    (await encodeToFile(good, preprocessing, { path, fingerprint: "1" })).close();
    const before = readFileSync(path);
    const broken = criteoRowsSource([textInput("a", `${text}1\n`, 1 << 14)]);

    const message = await messageOf(encodeToFile(broken, preprocessing, { path, fingerprint: "2" }));

    expect(message).toBe("a:5001: found 1, expected 40 fields separated by tabs");
    expect(readdirSync(folder)).toEqual(["samples"]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.skipIf(!existsSync("/dev/full"))(
    "a full disk is an error that names the file, and the former file stays (skipped without /dev/full)",
    async () => {
      const folder = scratchFolder();
      const path = join(folder, "samples");
      const source = criteoRowsSource([textInput("a", text, 1 << 14)]);
      const preprocessing = await fitPreprocessing(source, DLRM_FIT);
      (await encodeToFile(source, preprocessing, { path, fingerprint: "1" })).close();
      symlinkSync("/dev/full", `${path}.partial`);

      const message = await messageOf(encodeToFile(source, preprocessing, { path, fingerprint: "2" }));

      expect(message).toMatch(/^write .*samples\.partial: ENOSPC.*expected room for the encoded samples$/);
      openEncodedFile(path, { fingerprint: "1", verify: true }).close();
      expect(readdirSync(folder)).toEqual(["samples"]);
    },
  );

  test("a folder that is not there is an error that names it", async () => {
    const source = criteoRowsSource([textInput("a", text, 1 << 14)]);
    const preprocessing = await fitPreprocessing(source, DLRM_FIT);
    const path = join(scratchFolder(), "none", "samples");

    const message = await messageOf(encodeToFile(source, preprocessing, { path, fingerprint: "" }));

    expect(message).toMatch(/^create .*none.samples\.partial: ENOENT.*expected a folder to write in$/);
  });
});

describe("openEncodedFile", () => {
  async function written(): Promise<string> {
    const path = join(scratchFolder(), "samples");
    const source = await baggedSource();
    (
      await encodeToFile(source, await fitPreprocessing(source, RECOMMENDED_FIT), { path, fingerprint: "a" })
    ).close();
    return path;
  }
  const changed = (path: string, offset: number, change: (byte: number) => number): void => {
    const bytes = readFileSync(path);
    bytes[offset] = change(bytes[offset]);
    writeFileSync(path, bytes);
  };

  test("a file that is not there, empty, truncated or of another kind is refused", async () => {
    const path = await written();
    const bytes = readFileSync(path).length;

    expect(() => openEncodedFile(`${path}-none`)).toThrow(/^open .*ENOENT/);
    expect(() => openEncodedFile(path, { fingerprint: "b" })).toThrow("fingerprint is a, expected b");
    truncateSync(path, bytes - 1);
    expect(() => openEncodedFile(path)).toThrow(
      `at byte ${bytes - 1} found ${bytes - 1} bytes, expected ${bytes} bytes`,
    );
    writeFileSync(path, text);
    expect(() => openEncodedFile(path)).toThrow(
      "found another kind of file, expected a file that begins with DQRMDATA",
    );
    writeFileSync(path, "");
    expect(() => openEncodedFile(path)).toThrow("found another kind of file");
  });

  test.each([
    ["the version", 8, "found version"],
    ["the header", 20, "expected a header with its checksum"],
    ["the description", -3, "expected a description with its checksum"],
  ])("a changed byte in %s is found", async (_, offset, message) => {
    const path = await written();
    const bytes = readFileSync(path).length;

    changed(path, offset < 0 ? bytes + offset : offset, (byte) => byte ^ 0x10);

    expect(() => openEncodedFile(path)).toThrow(message);
  });

  test("a changed record is found by verifying, and never gives an index outside its table", async () => {
    const path = await written();
    // The first record: label, price, then the row of its shop.
    changed(path, 64 + 4 * 2 + 3, () => 0x7f);

    expect(() => openEncodedFile(path, { verify: true })).toThrow(
      "found damaged ones, expected records with their checksum",
    );
    const dataset = openEncodedFile(path);
    const buffer = createBatchBuffer(dataset, 4);
    expect(() => {
      dataset.fill(Float64Array.of(0), 0, 1, buffer);
    }).toThrow(/expected an index of shop below 12/);
    dataset.close();
  });

  test("a sample or batch that does not fit is refused", async () => {
    const dataset = openEncodedFile(await written());
    const buffer = createBatchBuffer(dataset, 2);

    expect(() => {
      dataset.fill(Float64Array.of(5000), 0, 1, buffer);
    }).toThrow("index 5000 at position 0 is outside [0, 5000)");
    expect(() => {
      dataset.fill(Float64Array.of(1, 2, 3), 0, 3, buffer);
    }).toThrow("number of samples in a batch is 3, more than BatchBuffer.capacity = 2 allows");
    dataset.close();
  });
});
