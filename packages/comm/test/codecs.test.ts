import {
  createAppendSink,
  createDenseSink,
  createMemoryTransports,
  dense,
  HEADER_BYTES,
  none,
  readHeader,
  writeHeader,
} from "@dqrm/comm";
import { crc32, createRowGradient, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";

const key = { seed: 0, stream: 0 };

function rowsGradient(rows: readonly number[], cols: number, values: readonly number[]): RowGradient {
  const gradient = createRowGradient(cols, rows.length);
  gradient.count = rows.length;
  gradient.rows.set(rows);
  gradient.values.set(values);
  return gradient;
}

test("a payload of none is the header, the row ids and the floats, little-endian", () => {
  const out = new Uint8Array(none.maxBytes(1, 1));

  none.encode(rowsGradient([258], 1, [1]), out, key);

  // magic 0x5144, version 1, codec 1; cols 1; count 1; body 8; the checksum is checked below; row 0x0102; 1.0f = 0x3f800000
  expect([...out.subarray(0, 16)]).toEqual([0x44, 0x51, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0]);
  expect([...out.subarray(20)]).toEqual([2, 1, 0, 0, 0, 0, 0x80, 0x3f]);
  expect(readHeader(out, none)).toEqual({ cols: 1, count: 1, bodyBytes: 8 });
});

test("none costs 4 bytes for each id and number, and the header", () => {
  const bytes = none.maxBytes(1524, 16);

  expect(bytes).toBe(HEADER_BYTES + 1524 * (4 + 64));
});

test("an append sink keeps the rows in the order of the payloads, repeated ones too", () => {
  const out = new Uint8Array(none.maxBytes(2, 1));
  none.encode(rowsGradient([7, 3], 1, [1, 2]), out, key);
  const gradient = createRowGradient(1, 0);
  const sink = createAppendSink(gradient, 10);

  none.decode(out, sink);
  none.decode(out, sink);

  expect([...gradient.rows.subarray(0, gradient.count)]).toEqual([7, 3, 7, 3]);
  expect([...gradient.values.subarray(0, gradient.count)]).toEqual([1, 2, 1, 2]);
});

describe("a header is refused when", () => {
  const codec = { name: "none", id: 1 };
  const cases = {
    "its columns are none": { cols: 0, count: 0 },
    "its columns exceed the limit": { cols: (1 << 16) + 1, count: 0 },
    "its rows exceed the limit": { cols: 1, count: 2 ** 32 - 1 },
  };
  test.each(Object.entries(cases))("%s", (_, header) => {
    const bytes = new Uint8Array(HEADER_BYTES);
    writeHeader(bytes, codec, { cols: 1, count: 0, bodyBytes: 0 });
    const view = new DataView(bytes.buffer);
    view.setUint32(4, header.cols, true);
    view.setUint32(8, header.count, true);
    view.setUint32(16, crc32(bytes.subarray(0, 16)), true);

    expect(() => readHeader(bytes, codec)).toThrow(/(columns|rows), (expected|more)/);
  });

  test("its count and its body disagree, checksum and all", () => {
    const bytes = new Uint8Array(HEADER_BYTES + 8);
    writeHeader(bytes, none, { cols: 1, count: 2, bodyBytes: 8 });

    expect(() => {
      none.decode(bytes, createDenseSink(new Float32Array(4), 4, 1));
    }).toThrow("2 rows of 1 in 8 bytes");
  });

  test("it belongs to another codec", () => {
    const bytes = new Uint8Array(HEADER_BYTES);
    writeHeader(bytes, dense, { cols: 1, count: 0, bodyBytes: 0 });

    expect(() => readHeader(bytes, none)).toThrow("codec id 2, expected 1");
  });
});

test("dense refuses a gradient that is not the whole parameter", () => {
  const out = new Uint8Array(dense.maxBytes(2, 1));

  expect(() => dense.encode(rowsGradient([0, 2], 1, [1, 2]), out, key)).toThrow(
    expect.objectContaining({
      code: "VALUE",
      message: "dense.encode: rows[1] is 2, expected 1: every row, in order",
    }),
  );
});

test("a value that is no number is refused on the wire even with a valid checksum", () => {
  const bytes = new Uint8Array(HEADER_BYTES + 8);
  new DataView(bytes.buffer).setFloat32(HEADER_BYTES + 4, Infinity, true);
  writeHeader(bytes, none, { cols: 1, count: 1, bodyBytes: 8 });

  expect(() => {
    none.decode(bytes, createDenseSink(new Float32Array(4), 4, 1));
  }).toThrow("value Infinity");
});

test.each([0, -1, 1.5, 1025])("a memory group of %s ranks is refused", (size) => {
  expect(() => createMemoryTransports(size)).toThrow(expect.objectContaining({ code: "VALUE" }));
});

test("a dense sink of another size is refused", () => {
  expect(() => createDenseSink(new Float32Array(5), 2, 3)).toThrow(
    expect.objectContaining({ code: "SHAPE" }),
  );
});

test("a negative row is refused on the wire", () => {
  const out = new Uint8Array(none.maxBytes(1, 1));
  none.encode(rowsGradient([-1], 1, [1]), out, key);

  expect(() => {
    none.decode(out, createDenseSink(new Float32Array(4), 4, 1));
  }).toThrow("row -1 outside [0, 4)");
});

test("dense refuses a body that disagrees with its counts, and values that are no numbers", () => {
  const sink = createDenseSink(new Float32Array(4), 4, 1);
  const short = new Uint8Array(HEADER_BYTES + 8);
  writeHeader(short, dense, { cols: 1, count: 3, bodyBytes: 8 });
  const infinite = new Uint8Array(HEADER_BYTES + 4);
  new DataView(infinite.buffer).setFloat32(HEADER_BYTES, Infinity, true);
  writeHeader(infinite, dense, { cols: 1, count: 1, bodyBytes: 4 });

  expect(() => {
    dense.decode(short, sink);
  }).toThrow("3 rows of 1 in 8 bytes");
  expect(() => {
    dense.decode(infinite, sink);
  }).toThrow("value Infinity");
});

test("dense does not add a payload of as many rows but other columns", () => {
  const [into, from] = [2, 1].map((cols) => {
    const out = new Uint8Array(dense.maxBytes(1, cols));
    dense.encode(rowsGradient([0], cols, new Array<number>(cols).fill(1)), out, key);
    return out;
  });

  expect(() => {
    dense.addPayload(into, from);
  }).toThrow("1 rows of 1 cannot be added to 1 of 2");
});

test("sinks read a row where it stands in the values", () => {
  const sum = new Float32Array(2);
  const gradient = createRowGradient(2, 0);

  createDenseSink(sum, 1, 2).add(0, Float32Array.of(9, 9, 1, 2), 2);
  createAppendSink(gradient, 1).add(0, Float32Array.of(9, 9, 1, 2), 2);

  expect([...sum]).toEqual([1, 2]);
  expect([...gradient.values.subarray(0, 2)]).toEqual([1, 2]);
});

test.each([
  ["cols", { cols: 0, count: 1, bodyBytes: 0 }],
  ["cols", { cols: 70_000, count: 1, bodyBytes: 0 }],
  ["count", { cols: 1, count: 2 ** 31, bodyBytes: 0 }],
  ["bodyBytes", { cols: 1, count: 1, bodyBytes: 2 ** 32 }],
] as const)("a header that no reader would accept is not written: %s in %o", (what, header) => {
  expect(() => {
    writeHeader(new Uint8Array(HEADER_BYTES), none, header);
  }).toThrow(`none header: ${what} is ${header[what]}, expected an integer from`);
});

test("a header is not written for a body that does not fit", () => {
  expect(() => {
    writeHeader(new Uint8Array(HEADER_BYTES + 3), none, { cols: 1, count: 1, bodyBytes: 4 });
  }).toThrow("none header: out has 23 elements, expected 24");
});
