import fc from "fast-check";
import { expect, test } from "vitest";
import { bagCount, decodeTableFile, encodeTableFile, jaggedFrom, type PackedRows } from "@dqrm/core";
import { packedTable } from "@dqrm/embedding";
import { bagsOf, bitsOf } from "./random-bags.ts";
import { packedRows } from "./random-packed.ts";

const tiny: PackedRows = {
  format: { bits: 4, cols: 3, scheme: "asymmetric", granularity: { kind: "row" } },
  rows: 2,
  // codes 1, 8, 15 and 7, 9, 0
  codes: Uint8Array.of(0x81, 0x0f, 0x97, 0x00),
  scale: Float32Array.of(0.5, 2),
  bias: Float32Array.of(-1, 10),
};

test("an asymmetric weight is the code times its row's scale plus its row's bias", () => {
  const vectors = new Float32Array(6);

  packedTable(tiny, { pooling: "sum" }).lookup(jaggedFrom([[0], [1, 1]]), vectors);

  expect([...vectors]).toEqual([-0.5, 3, 6.5, 48, 56, 20]);
});

test("a dead-zone weight is the level of its code between its row's threshold and top", () => {
  const zone: PackedRows = {
    ...tiny,
    format: { ...tiny.format, scheme: "dead-zone" },
    scale: Float32Array.of(7, 14),
    bias: Float32Array.of(0.5, 1),
  };
  const vectors = new Float32Array(6);

  packedTable(zone, { pooling: "sum" }).lookup(jaggedFrom([[0], [1, 1]]), vectors);

  // Levels 1 to 7, and 2 to 14; code 0 repeats the lowest.
  expect([...vectors]).toEqual([-7, 0, 7, -4, 4, -28]);
});

test("a table is served from a file's bytes without a copy", () => {
  const file = encodeTableFile(tiny);
  const table = packedTable(decodeTableFile("tiny.dqt", file), { pooling: "mean" });
  const vectors = new Float32Array(3);

  file[file.length - 4] = 0x8f;
  table.lookup(jaggedFrom([[0]]), vectors);

  expect([...vectors]).toEqual([6.5, 3, 6.5]);
});

test("a placed table writes only its columns", () => {
  const matrix = new Float32Array(10).fill(-7);

  packedTable(tiny, { pooling: "sum" })
    .placed({ stride: 5, offset: 2 })
    .lookup(jaggedFrom([[0], []]), matrix);

  expect([...matrix]).toEqual([-7, -7, -0.5, 3, 6.5, -7, -7, 0, 0, 0]);
});

test("packed rows that do not fit together are refused", () => {
  expect(() => packedTable({ ...tiny, scale: new Float32Array(1) }, { pooling: "sum" })).toThrow(
    "packedTable: scale has 1 elements, expected 2",
  );
  expect(() => packedTable({ ...tiny, rows: 3 }, { pooling: "sum" })).toThrow(
    "codes has 4 elements, expected 6",
  );
});

test("bags of a concatenation are the concatenated bags", () => {
  fc.assert(
    fc.property(packedRows(12), bagsOf(12), (packed, bags) => {
      const { cols } = packed.format;
      const table = packedTable(packed, { pooling: "sum" });
      const whole = new Float32Array(bagCount(bags) * cols);
      const single = new Float32Array(cols);

      table.lookup(bags, whole);

      for (let bag = 0; bag < bagCount(bags); bag++) {
        const [begin, end] = [bags.offsets[bag], bags.offsets[bag + 1]];
        const weights = bags.weights?.subarray(begin, end);
        const one = { indices: bags.indices.subarray(begin, end), offsets: Int32Array.of(0, end - begin) };
        table.lookup(weights === undefined ? one : { ...one, weights }, single);
        expect(bitsOf(whole.subarray(bag * cols, (bag + 1) * cols))).toEqual(bitsOf(single));
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
