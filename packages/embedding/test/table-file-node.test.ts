import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  allocateRows,
  crc32,
  encodeTableFile,
  encodeTableHeader,
  isDqrmError,
  jaggedFrom,
  tableFileBytes,
  tableLayout,
  type PackedRows,
} from "@dqrm/core";
import { normalInit, packedTable, qatTable } from "@dqrm/embedding";
import { loadTableFile, openPackedTable, saveTableFile } from "@dqrm/embedding/node";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "dqrm-table-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const sum = { pooling: "sum" } as const;

function trained(rows: number, cols: number): PackedRows {
  return qatTable({
    rows,
    cols,
    pooling: "sum",
    optimizer: { kind: "sgd" },
    weights: normalInit({ rows, cols, standardDeviation: 0.1 }, { seed: rows, stream: 0 }),
    bits: 4,
    granularity: { kind: "table" },
    refresh: { kind: "every-step" },
  }).pack();
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    for (const code of ["FORMAT", "LIMIT", "IO", "STATE"] as const) if (isDqrmError(error, code)) return code;
    throw error;
  }
  return "accepted";
}

async function saved(name: string, packed: PackedRows): Promise<string> {
  const path = join(directory, name);
  await saveTableFile(path, packed);
  return path;
}

describe("a saved table", () => {
  test("holds the specified bytes and loads again", async () => {
    const packed = trained(100, 16);

    const path = await saved("bytes.dqt", packed);

    expect(readFileSync(path).equals(encodeTableFile(packed))).toBe(true);
    expect(loadTableFile(path)).toEqual(packed);
  });

  test("answers from the file as from memory", async () => {
    const packed = trained(50, 7);
    const bags = {
      ...jaggedFrom([[0, 49, 3, 4, 5], [], [7, 7]]),
      weights: Float32Array.of(1, 2, 3, 4, 5, 6, 7),
    };
    const memory = new Float32Array(21);
    const file = new Float32Array(21);

    const table = openPackedTable(await saved("answers.dqt", packed), { pooling: "mean" });
    table.lookup(bags, file);
    packedTable(packed, { pooling: "mean" }).lookup(bags, memory);
    table.close();

    expect([...file]).toEqual([...memory]);
    expect([table.rows, table.cols, table.pooling]).toEqual([50, 7, "mean"]);
  });

  test("is read row by row: header, scale, and the rows named", async () => {
    const path = await saved("rows.dqt", trained(1000, 16));

    const table = openPackedTable(path, sum);
    const opened = table.readBytes;
    table.lookup(
      jaggedFrom([
        [5, 999],
        [12, 13],
      ]),
      new Float32Array(32),
    );
    table.close();

    expect([opened, table.readBytes - opened]).toEqual([64 + 4, 4 * 8]);
  });

  test("of a terabyte answers at once, from a sparse file", () => {
    const format = { bits: 4, cols: 1024, scheme: "symmetric", granularity: { kind: "row" } } as const;
    const rows = 2 ** 31 - 1;
    const layout = tableLayout(format, rows);
    const path = join(directory, "sparse.dqt");
    writeFileSync(path, encodeTableHeader({ format, rows, ...layout, bodyCrc: 0 }));
    truncateSync(path, layout.fileBytes);
    const vectors = new Float32Array(1024).fill(1);

    const table = openPackedTable(path, sum);
    table.lookup(jaggedFrom([[rows - 1]]), vectors);
    table.close();

    // The file's holes read as zeros: scale 0.
    expect(layout.fileBytes).toBeGreaterThan(2 ** 40);
    expect(table.readBytes).toBe(64 + 4 + 512);
    expect(vectors.every((v) => Math.abs(v) === 0)).toBe(true);
  });

  test("is read in portions when a call names more rows than a portion holds", async () => {
    // A row of 65,536 columns of 8 bits has 64 KiB: 16 rows make a portion of 1 MiB.
    const format = { bits: 8, cols: 65_536, scheme: "symmetric", granularity: { kind: "row" } } as const;
    const packed = allocateRows(format, 5);
    packed.codes.forEach((_, i) => (packed.codes[i] = i % 251));
    packed.scale.set([1, 2, 3, 4, 5]);
    const bags = jaggedFrom(Array.from({ length: 100 }, (_, bag) => (bag === 7 ? [] : [bag % 5])));
    const memory = new Float32Array(100 * format.cols);
    const file = new Float32Array(100 * format.cols);
    const table = openPackedTable(await saved("portions.dqt", packed), sum);

    const before = process.memoryUsage().arrayBuffers;
    table.lookup(bags, file);
    const growth = process.memoryUsage().arrayBuffers - before;
    table.close();
    packedTable(packed, sum).lookup(bags, memory);

    // 99 rows were read, 6.2 MiB; the reader's memory at most doubles to a portion.
    expect(growth).toBeLessThanOrEqual(2 * 2 ** 20);
    expect(Buffer.from(file.buffer).equals(Buffer.from(memory.buffer))).toBe(true);
  });

  test("can be placed beside others, and follows the bounds policy", async () => {
    const packed = trained(10, 2);
    const matrix = new Float32Array(4).fill(9);

    const table = openPackedTable(await saved("placed.dqt", packed), { ...sum, bounds: { mode: "ignore" } });
    table.placed({ stride: 4, offset: 1 }).lookup(jaggedFrom([[77]]), matrix);
    table.close();
    const row0 = new Float32Array(2);
    packedTable(packed, sum).lookup(jaggedFrom([[0]]), row0);

    expect([...matrix]).toEqual([9, ...row0, 9]);
  });

  test("names an index outside the table", async () => {
    const table = openPackedTable(await saved("outside.dqt", trained(10, 2)), sum);

    expect(() => {
      table.lookup(jaggedFrom([[0], [10]]), new Float32Array(4));
    }).toThrow("index 10 at position 1 is outside [0, 10)");
    table.close();
  });
});

describe("damage", () => {
  test("of any byte of the header is found on opening", () => {
    const bytes = encodeTableFile(trained(3, 3));
    const path = join(directory, "header.dqt");

    const survivors: number[] = [];
    for (let position = 0; position < 64; position++) {
      const changed = bytes.slice();
      changed[position] ^= 0x10;
      writeFileSync(path, changed);
      if (!["FORMAT", "LIMIT"].includes(codeOf(() => openPackedTable(path, sum)))) survivors.push(position);
    }

    expect(survivors).toEqual([]);
  });

  test("of any byte of the body is found by verify and by loading", () => {
    const bytes = encodeTableFile(trained(3, 3));
    const path = join(directory, "body.dqt");

    const survivors: number[] = [];
    for (let position = 64; position < bytes.length; position++) {
      const changed = bytes.slice();
      changed[position] ^= 0x10;
      writeFileSync(path, changed);
      const table = openPackedTable(path, sum);
      if (
        codeOf(() => {
          table.verify();
        }) !== "FORMAT"
      )
        survivors.push(position);
      if (codeOf(() => loadTableFile(path)) !== "FORMAT") survivors.push(position);
      table.close();
    }

    expect(survivors).toEqual([]);
  });

  test("by cutting the file anywhere is found on opening and loading", () => {
    const bytes = encodeTableFile(trained(3, 3));
    const path = join(directory, "cut.dqt");

    const survivors: number[] = [];
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      if (codeOf(() => openPackedTable(path, sum)) !== "FORMAT") survivors.push(length);
      if (codeOf(() => loadTableFile(path)) !== "FORMAT") survivors.push(length);
    }

    expect(survivors).toEqual([]);
  });

  test("done while the table is open is found by the lookup that needs the bytes", async () => {
    const path = await saved("shrunk.dqt", trained(100, 16));
    const table = openPackedTable(path, sum);
    truncateSync(path, 200);

    expect(() => {
      table.lookup(jaggedFrom([[50]]), new Float32Array(16));
    }).toThrow("expected 8 more bytes");
    table.close();
  });

  test("of a scale is found by the lookup that reads it", () => {
    const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "row" } } as const;
    const bytes = encodeTableFile(allocateRows(format, 3));
    new DataView(bytes.buffer).setFloat32(64 + 4, Number.NaN, true);
    const path = join(directory, "scale.dqt");
    writeFileSync(path, bytes);
    const table = openPackedTable(path, sum);
    const vectors = new Float32Array(2);

    expect(
      codeOf(() => {
        table.lookup(jaggedFrom([[0]]), vectors);
      }),
    ).toBe("accepted");
    expect(
      codeOf(() => {
        table.lookup(jaggedFrom([[1]]), vectors);
      }),
    ).toBe("FORMAT");
    table.close();
  });

  test("with intent: a header that promises more than the file holds allocates nothing", () => {
    const format = { bits: 16, cols: 65_536, scheme: "symmetric", granularity: { kind: "row" } } as const;
    const rows = 2 ** 31 - 1;
    const path = join(directory, "promise.dqt");
    writeFileSync(
      path,
      encodeTableHeader({ format, rows, ...tableLayout(format, rows), bodyCrc: crc32(new Uint8Array(0)) }),
    );

    const before = process.memoryUsage().arrayBuffers;
    const codes = [codeOf(() => openPackedTable(path, sum)), codeOf(() => loadTableFile(path))];

    expect(codes).toEqual(["FORMAT", "FORMAT"]);
    // One row of the promised table alone has 128 KiB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(131_072);
  });
});

describe("files that are no table", () => {
  test("a missing file is an IO error that names it", () => {
    const path = join(directory, "missing.dqt");

    expect(() => openPackedTable(path, sum)).toThrow(`open ${path}: ENOENT`);
  });

  test("a directory is an IO error", () => {
    expect(() => openPackedTable(directory, sum)).toThrow("is not a regular file");
  });

  test("an empty file and a text are FORMAT errors", () => {
    const path = join(directory, "text.dqt");

    writeFileSync(path, "");
    expect(() => loadTableFile(path)).toThrow(
      "at byte 0 found the end of the file, expected a header of 64 bytes",
    );

    writeFileSync(path, "label,C1,C2\n".repeat(20));
    expect(() => loadTableFile(path)).toThrow("at byte 0");
  });

  test("a closed table is a STATE error, and closing twice is none", async () => {
    const table = openPackedTable(await saved("closed.dqt", trained(3, 3)), sum);
    table.close();
    table.close();

    expect(
      codeOf(() => {
        table.lookup(jaggedFrom([[0]]), new Float32Array(3));
      }),
    ).toBe("STATE");
  });
});

describe("saving", () => {
  test("replaces an older file and leaves nothing beside it", async () => {
    const place = mkdtempSync(join(directory, "replace-"));
    const path = join(place, "table.dqt");
    writeFileSync(`${path}.partial`, "left by a crash");

    await saveTableFile(path, trained(10, 4));
    await saveTableFile(path, trained(20, 4));

    expect(readdirSync(place)).toEqual(["table.dqt"]);
    expect(loadTableFile(path).rows).toBe(20);
  });

  test.skipIf(!existsSync("/dev/full"))("on a full disk is an IO error, and the old file stays", async () => {
    const place = mkdtempSync(join(directory, "full-"));
    const path = join(place, "table.dqt");
    await saveTableFile(path, trained(10, 4));
    symlinkSync("/dev/full", `${path}.partial`);

    const failure: unknown = await saveTableFile(path, trained(20, 4)).catch((error: unknown) => error);

    expect(isDqrmError(failure, "IO")).toBe(true);
    expect(String(failure)).toContain("ENOSPC");
    expect(readdirSync(place)).toEqual(["table.dqt"]);
    expect(loadTableFile(path).rows).toBe(10);
  });

  test("into a missing directory is an IO error", async () => {
    const failure: unknown = await saveTableFile(join(directory, "no", "t.dqt"), trained(3, 3)).catch(
      (error: unknown) => error,
    );

    expect(isDqrmError(failure, "IO")).toBe(true);
  });

  test("refuses packed rows that do not fit together before it writes", async () => {
    const path = join(directory, "unfit.dqt");
    const unfit = { ...trained(3, 3), rows: 4 };

    const failure: unknown = await saveTableFile(path, unfit).catch((error: unknown) => error);

    expect(isDqrmError(failure, "SHAPE")).toBe(true);
    expect(existsSync(path) || existsSync(`${path}.partial`)).toBe(false);
  });
});

test("the Kaggle tables scaled down by 1000 take exactly the computed bytes on disk", async () => {
  // Rows of the 26 tables of the Criteo Kaggle data, as DLRM prints them.
  const kaggle = [
    1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
    5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
  ];
  const scaled = kaggle.map((rows) => Math.ceil(rows / 1000));

  for (const [t, rows] of scaled.entries()) {
    const packed = trained(rows, 16);
    const bytes = readFileSync(await saved(`kaggle-${t}.dqt`, packed));

    expect(bytes.length).toBe(tableFileBytes(packed.format, rows));
    expect(bytes.length).toBe(64 + 64 + 8 * rows);
    expect(bytes.readFloatLE(64)).toBe(packed.scale[0]);
    expect(bytes.subarray(68, 128).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(128).equals(packed.codes)).toBe(true);
  }
});
