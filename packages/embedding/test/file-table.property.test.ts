import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bagCount, encodeTableFile } from "@dqrm/core";
import { packedTable } from "@dqrm/embedding";
import { openPackedTable } from "@dqrm/embedding/node";
import { bagsOf, bitsOf } from "./random-bags.ts";
import { packedRows } from "./random-packed.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "dqrm-file-table-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test("a table read in place from its file equals the one in memory bit for bit, in every format", () => {
  const path = join(directory, "table.dqt");
  fc.assert(
    fc.property(
      packedRows(15),
      bagsOf(15),
      fc.constantFrom("sum" as const, "mean" as const),
      (packed, bags, pooling) => {
        writeFileSync(path, encodeTableFile(packed));
        const memory = new Float32Array(bagCount(bags) * packed.format.cols);
        const file = memory.slice();

        const table = openPackedTable(path, { pooling });
        table.lookup(bags, file);
        table.verify();
        table.close();
        packedTable(packed, { pooling }).lookup(bags, memory);

        expect(bitsOf(file)).toEqual(bitsOf(memory));
      },
    ),
    { seed: 1, numRuns: 150 },
  );
});
