import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  allocateRows,
  crc32,
  decodeTableFile,
  decodeTableHeader,
  encodeTableFile,
  encodeTableHeader,
  isDqrmError,
  tableFileBytes,
  tableLayout,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";

const int4: RowFormat = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } };

/** The table of docs/spec/table-file.md. */
const tiny: PackedRows = {
  format: { bits: 4, cols: 3, scheme: "symmetric", granularity: { kind: "table" } },
  rows: 2,
  codes: Uint8Array.from([0x81, 0x0f, 0x97, 0x00]),
  scale: Float32Array.from([0.5]),
  bias: new Float32Array(0),
};

function specifiedBytes(): number[] {
  const page = readFileSync(new URL("../../../docs/spec/table-file.md", import.meta.url), "utf8");
  const block = /```hex\n([^`]*)```/.exec(page)?.[1] ?? "";
  return block
    .trim()
    .split("\n")
    .flatMap((line) => line.split(" ").slice(1))
    .map((byte) => Number.parseInt(byte, 16));
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isDqrmError(error, "FORMAT") || isDqrmError(error, "LIMIT")) return error.code;
    throw error;
  }
  return "accepted";
}

/** Rewrites header fields and repairs the checksum, as somebody with intent would. */
function forged(edit: (view: DataView) => void): Uint8Array {
  const bytes = encodeTableFile(tiny);
  const view = new DataView(bytes.buffer);
  edit(view);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

test("the checksum is that of gzip, zip and PNG, whole or in pieces", () => {
  const digits = new TextEncoder().encode("123456789");

  expect(crc32(digits)).toBe(0xcbf43926); // the check value of CRC-32/ISO-HDLC
  expect(crc32(digits.subarray(4), crc32(digits.subarray(0, 4)))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test("a tiny table encodes to the golden bytes of the specification", () => {
  const bytes = encodeTableFile(tiny);

  expect([...bytes]).toEqual(specifiedBytes());
});

test("an asymmetric table with grouped scales encodes to bytes packed by Python's struct and zlib", () => {
  // Made with struct.pack and zlib.crc32 (Python 3), 2026-11-21: bits 2, cols 5, groupCols 3, rows 2.
  const golden =
    "4451541a010040000201020005000000030000000200000040000000000000008000000000000000c000000000000000c400000000000000" +
    "24e3218698d4ac750000803e0000003f0000803f00000040" +
    "00".repeat(48) +
    "000080bf000000000000803f00000040" +
    "00".repeat(48) +
    "e4011b02";
  const packed: PackedRows = {
    format: { bits: 2, cols: 5, scheme: "asymmetric", granularity: { kind: "group", groupCols: 3 } },
    rows: 2,
    codes: Uint8Array.from([0xe4, 0x01, 0x1b, 0x02]),
    scale: Float32Array.from([0.25, 0.5, 1, 2]),
    bias: Float32Array.from([-1, 0, 1, 2]),
  };

  const bytes = encodeTableFile(packed);

  expect(Buffer.from(bytes).toString("hex")).toBe(golden);
  expect(decodeTableFile("golden", bytes)).toEqual(packed);
});

const zone: PackedRows = {
  format: { bits: 4, cols: 3, scheme: "dead-zone-log", granularity: { kind: "row" } },
  rows: 1,
  codes: Uint8Array.of(0x81, 0x0f),
  scale: Float32Array.of(14),
  bias: Float32Array.of(1),
};

test("a dead-zone table encodes to bytes packed by Python's struct and zlib", () => {
  // Made with struct.pack and zlib.crc32 (Python 3), 2026-11-26.
  const golden =
    "4451541a010040000403010003000000000000000100000040000000000000008000000000000000c000000000000000c200000000000000" +
    "2def952c60b7bc3600006041" +
    "00".repeat(60) +
    "0000803f" +
    "00".repeat(60) +
    "810f";

  const bytes = encodeTableFile(zone);

  expect(Buffer.from(bytes).toString("hex")).toBe(golden);
  expect(decodeTableFile("golden", bytes)).toEqual(zone);
});

test("a negative threshold or top is neither written nor read", () => {
  const negative = { ...zone, bias: Float32Array.of(-1) };
  const bytes = encodeTableFile(zone);
  // The sign of the top, and the checksums that then belong to the file.
  bytes[67] |= 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(56, crc32(bytes.subarray(64)), true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);

  expect(() => encodeTableFile(negative)).toThrow("bias[0] is -1, expected a finite number >= 0");
  expect(() => decodeTableFile("negative", bytes)).toThrow(
    "at byte 64 found -14, expected a finite number >= 0",
  );
});

test.each([1, 16])("a header of a dead zone with %i bits is refused", (bits) => {
  const bytes = encodeTableFile(zone);
  bytes[8] = bits;
  new DataView(bytes.buffer).setUint32(60, crc32(bytes.subarray(0, 60)), true);

  expect(() => decodeTableFile("wrong", bytes)).toThrow("expected 2 to 8 bits for dead-zone-log");
});

test("a decoded table reads the file in place", () => {
  const bytes = Uint8Array.from(specifiedBytes());

  const packed = decodeTableFile("golden", bytes);

  expect(packed).toEqual(tiny);
  expect(packed.codes.buffer).toBe(bytes.buffer);
  expect(packed.scale.buffer).toBe(bytes.buffer);
});

test("a table of no rows survives the round trip", () => {
  const empty = allocateRows({ ...int4, granularity: { kind: "row" } }, 0);

  const bytes = encodeTableFile(empty);

  expect(bytes.length).toBe(64);
  expect(decodeTableFile("empty", bytes)).toEqual(empty);
});

test("bytes that start at an odd place are refused, and a copy of them is accepted", () => {
  const bytes = new Uint8Array(133);
  bytes.set(encodeTableFile(tiny), 1);

  expect(() => decodeTableFile("shifted", bytes.subarray(1))).toThrow("a multiple of 4");

  expect(decodeTableFile("copied", bytes.slice(1))).toEqual(tiny);
});

test("every changed byte is a FORMAT or LIMIT error", () => {
  const original = encodeTableFile(tiny);

  const survivors: number[] = [];
  for (let position = 0; position < original.length; position++) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const bytes = original.slice();
      bytes[position] ^= mask;
      if (codeOf(() => decodeTableFile("changed", bytes)) === "accepted") survivors.push(position);
    }
  }

  expect(survivors).toEqual([]);
});

test("every cut and every added byte is a FORMAT error", () => {
  const original = encodeTableFile(tiny);
  const longer = new Uint8Array(original.length + 1);
  longer.set(original);

  const codes = Array.from({ length: original.length }, (_, length) =>
    codeOf(() => decodeTableFile("cut", original.slice(0, length))),
  );

  expect(codes).toEqual(Array.from({ length: original.length }, () => "FORMAT"));
  expect(codeOf(() => decodeTableFile("longer", longer))).toBe("FORMAT");
});

test.each([
  ["magic", (v: DataView) => v.setUint32(0, 0, true), "FORMAT"],
  ["version", (v: DataView) => v.setUint16(4, 2, true), "FORMAT"],
  ["header bytes", (v: DataView) => v.setUint16(6, 128, true), "FORMAT"],
  ["bits", (v: DataView) => v.setUint8(8, 9), "FORMAT"],
  ["scheme", (v: DataView) => v.setUint8(9, 2), "FORMAT"],
  ["granularity", (v: DataView) => v.setUint8(10, 3), "FORMAT"],
  ["reserved", (v: DataView) => v.setUint8(11, 1), "FORMAT"],
  ["cols 0", (v: DataView) => v.setUint32(12, 0, true), "FORMAT"],
  ["cols", (v: DataView) => v.setUint32(12, 65_537, true), "LIMIT"],
  ["groupCols", (v: DataView) => v.setUint32(16, 1, true), "FORMAT"],
  ["rows 2^31", (v: DataView) => v.setUint32(20, 2 ** 31, true), "LIMIT"],
  ["rows", (v: DataView) => v.setUint32(20, 3, true), "FORMAT"],
  ["scaleOffset", (v: DataView) => v.setBigUint64(24, 128n, true), "FORMAT"],
  ["biasOffset", (v: DataView) => v.setBigUint64(32, 2n ** 64n - 1n, true), "FORMAT"],
  ["codesOffset", (v: DataView) => v.setBigUint64(40, 64n, true), "FORMAT"],
  ["fileBytes", (v: DataView) => v.setBigUint64(48, 131n, true), "FORMAT"],
  ["body CRC", (v: DataView) => v.setUint32(56, 0, true), "FORMAT"],
])("a forged header with another %s is refused", (_, edit, code) => {
  const bytes = forged(edit);

  expect(codeOf(() => decodeTableFile("forged", bytes))).toBe(code);
});

test("a header that promises the largest table is refused before anything is allocated for it", () => {
  const largest = { ...int4, bits: 16, cols: 65_536, granularity: { kind: "row" } } as const;
  const rows = 2 ** 31 - 1;
  const header = encodeTableHeader({ format: largest, rows, ...tableLayout(largest, rows), bodyCrc: 0 });

  const before = process.memoryUsage().arrayBuffers;
  const code = codeOf(() => decodeTableFile("huge", header));

  expect(code).toBe("FORMAT");
  // A row of this table alone has 131,072 bytes.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(131_072);
});

test("a scale that is not finite is refused on both ways", () => {
  const poisoned = { ...tiny, scale: Float32Array.from([Number.NaN]) };
  const bytes = encodeTableFile(tiny);
  const view = new DataView(bytes.buffer);
  view.setFloat32(64, Number.POSITIVE_INFINITY, true);
  view.setUint32(56, crc32(bytes.subarray(64)), true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);

  expect(() => encodeTableFile(poisoned)).toThrow("table file scale: value NaN at position 0");
  expect(() => decodeTableFile("bad.dqt", bytes)).toThrow(
    "bad.dqt: at byte 64 found Infinity, expected a finite number",
  );
});

test("packed rows whose arrays do not fit together are refused", () => {
  expect(() => encodeTableFile({ ...tiny, codes: new Uint8Array(5) })).toThrow(
    "table file: codes has 5 elements, expected 4",
  );
  expect(() => encodeTableFile({ ...tiny, rows: 1.5 })).toThrow("rows is 1.5");
});

test("a header alone tells format and layout", () => {
  const bytes = encodeTableFile(tiny);

  const header = decodeTableHeader("tiny", bytes.subarray(0, 64), bytes.length);

  expect(header).toEqual({
    format: tiny.format,
    rows: 2,
    scaleOffset: 64,
    biasOffset: 128,
    codesOffset: 128,
    fileBytes: 132,
    bodyCrc: 0x3cc7d3e2,
  });
});

/** Rows of the 26 tables of the Criteo Kaggle data, as DLRM prints them. */
const kaggleRows = [
  1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
  5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
];

test("the 26 Kaggle tables at 4 bits take less than 270.2 MB with every header", () => {
  const bytes = kaggleRows.reduce((sum, rows) => sum + tableFileBytes(int4, rows), 0);

  // 33,762,577 rows × 8 bytes + 26 × (64 header + 64 scale and alignment)
  expect(bytes).toBe(33_762_577 * 8 + 26 * 128);
  expect(bytes).toBeLessThanOrEqual(270_200_000);
});

test("the Kaggle list scaled down by 1000 encodes to exactly the computed bytes", () => {
  const scaled = kaggleRows.map((rows) => Math.ceil(rows / 1000));

  const sizes = scaled.map((rows) => encodeTableFile(allocateRows(int4, rows)).length);

  expect(sizes).toEqual(scaled.map((rows) => 128 + 8 * rows));
  expect(sizes).toEqual(scaled.map((rows) => tableFileBytes(int4, rows)));
});
