import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allocateRows, jaggedFrom, tableLayout } from "@dqrm/core";
import { packedTable } from "@dqrm/embedding";
import { loadTableFile, openPackedTable, saveTableFile } from "@dqrm/embedding/node";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "dqrm-zone-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const sum = { pooling: "sum" } as const;

test.each([{ kind: "table" }, { kind: "row" }] as const)(
  "a saved table with a dead zone per $kind answers from the file as from memory, and with a negative threshold not at all",
  async (granularity) => {
    const format = { bits: 4, cols: 3, scheme: "dead-zone-log", granularity } as const;
    const packed = allocateRows(format, 20);
    packed.codes.forEach((_, i) => (packed.codes[i] = (i * 37) & 0xff));
    packed.scale.fill(8).forEach((top, slot) => (packed.bias[slot] = top / (slot + 2)));
    const bags = jaggedFrom([[3, 17], [], [19]]);
    const memory = new Float32Array(9);
    const file = new Float32Array(9);
    const path = join(directory, `zone-${granularity.kind}.dqt`);

    await saveTableFile(path, packed);
    const table = openPackedTable(path, sum);
    table.lookup(bags, file);
    table.close();
    packedTable(packed, sum).lookup(bags, memory);

    expect(new Set(memory).size).toBeGreaterThan(3);
    expect([...file]).toEqual([...memory]);
    expect(loadTableFile(path)).toEqual(packed);

    const bytes = readFileSync(path);
    const { biasOffset } = tableLayout(format, 20);
    for (let slot = 0; slot < packed.bias.length; slot++) bytes[biasOffset + 4 * slot + 3] |= 0x80;
    writeFileSync(path, bytes);
    expect(() => {
      openPackedTable(path, sum).lookup(bags, file);
    }).toThrow("expected a finite number >= 0");
  },
);
