import { isDqrmError } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import {
  decodeSafetensors,
  encodeSafetensors,
  joinBytes,
  layoutSafetensors,
  type Tensor,
} from "../src/index.ts";

/** A file around a header as text: length, JSON, then `dataBytes` zero bytes. */
function fileWith(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

function failure(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

const codes: Tensor = { name: "c", dtype: "U8", shape: [1, 2], data: Uint8Array.of(0x21, 0x43) };
const scale: Tensor = { name: "s", dtype: "F32", shape: [1], data: Float32Array.of(0.5) };

describe("encodeSafetensors", () => {
  test("writes the bytes of a tiny file as made by hand", () => {
    // The F32 tensor comes first among the small ones, because its elements are larger.
    const json =
      '{"__metadata__":{"k":"v"},"s":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
      '"c":{"dtype":"U8","shape":[1,2],"data_offsets":[4,6]}}';
    // 133 characters: with the 8 bytes of length, 141, padded with spaces to 192; 192 - 8 = 184 = 0xb8.
    const expected = [
      ...[0xb8, 0, 0, 0, 0, 0, 0, 0],
      ...new TextEncoder().encode(json.padEnd(184, " ")),
      // 0.5 = 0x3f000000, little-endian.
      ...[0, 0, 0, 0x3f],
      ...[0x21, 0x43],
    ];

    const file = joinBytes(encodeSafetensors([codes, scale], { k: "v" }).parts);

    expect([...file]).toEqual(expected);
  });

  test("starts every tensor of a cache line or more on a multiple of 64 bytes", () => {
    const tensors = [65, 64, 200].map((length, k): Tensor => {
      return { name: `t${k}`, dtype: "U8", shape: [length], data: new Uint8Array(length) };
    });

    const { layout } = encodeSafetensors([...tensors, scale], {});

    const begins = layout.tensors.filter(({ name }) => !name.startsWith("__")).map(({ begin }) => begin);
    expect(layout.header.length % 64).toBe(0);
    // 0..65, 63 of padding, 128..192, 192..392, and the scale on a multiple of 4.
    expect(begins).toEqual([0, 128, 192, 392]);
    expect(layout.paddingBytes).toBe(63);
  });

  test("hands out views of the tensors, not copies", () => {
    const { parts } = encodeSafetensors([codes], {});

    expect(parts[1].buffer).toBe(codes.data.buffer);
  });

  test.each(["__metadata__", "__proto__", "constructor", "__padding__.7"])(
    "refuses the tensor name %s",
    (name) => {
      const error = failure(() => encodeSafetensors([{ ...codes, name }], {}));

      expect(isDqrmError(error, "VALUE")).toBe(true);
    },
  );

  test("refuses a name that is used twice", () => {
    const error = failure(() => encodeSafetensors([codes, codes], {}));

    expect(isDqrmError(error, "VALUE")).toBe(true);
  });

  test("refuses data that do not fill the shape", () => {
    const error = failure(() => encodeSafetensors([{ ...codes, shape: [3] }], {}));

    expect(error).toMatchObject({ code: "SHAPE", details: { what: "c", expected: 3, actual: 2 } });
  });

  test.each([[[-1]], [[1.5]], [[2 ** 40, 2 ** 40]], [[Number.NaN]]])("refuses the shape %j", (shape) => {
    const error = failure(() => layoutSafetensors([{ name: "x", dtype: "F32", shape }], {}));

    expect(isDqrmError(error, "VALUE")).toBe(true);
  });
});

describe("decodeSafetensors", () => {
  test("gives views of the file's bytes", () => {
    const file = joinBytes(encodeSafetensors([codes, scale], { k: "v" }).parts);

    const { metadata, tensors } = decodeSafetensors("f", file);

    expect([...metadata]).toEqual([["k", "v"]]);
    expect(tensors.get("c")?.data.buffer).toBe(file.buffer);
    expect(tensors.get("s")).toEqual(scale);
  });

  test("reads tensors in any order of names, also names that look like numbers", () => {
    const header =
      '{"10":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"9":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}';

    const { tensors } = decodeSafetensors("f", fileWith(header, 3));

    expect([...tensors.keys()]).toEqual(["10", "9"]);
  });

  test("reads a scalar and an empty tensor", () => {
    const header =
      '{"x":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"e":{"dtype":"U8","shape":[0,5],"data_offsets":[1,1]}}';

    const { tensors } = decodeSafetensors("f", fileWith(header, 1));

    expect(tensors.get("x")?.data.length).toBe(1);
    expect(tensors.get("e")?.data.length).toBe(0);
  });

  const tensor = (fields: string): string => `{"x":{${fields}}}`;
  // A header of one such tensor has 53 characters: its data begin at byte 61.
  const cases: readonly (readonly [string, string, number, number, string])[] = [
    ["no JSON", "{", 0, 8, "valid JSON"],
    ["a JSON list", "[]", 0, 8, "a JSON object"],
    [
      "__proto__ as a name",
      '{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      0,
      8,
      "another key",
    ],
    ["__proto__ in the metadata", '{"__metadata__":{"__proto__":"x"}}', 0, 8, "another key name"],
    ["metadata that is no string", '{"__metadata__":{"a":1}}', 0, 8, "a string as __metadata__.a"],
    ["metadata that is a list", '{"__metadata__":[]}', 0, 8, "an object of strings"],
    [
      "a name used twice",
      '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{}}',
      0,
      61,
      "each name once",
    ],
    ["a metadata key used twice", '{"__metadata__":{"a":"1","\\u0061":"2"}}', 0, 33, "each name once"],
    ["an unknown type", tensor('"dtype":"BF16","shape":[1],"data_offsets":[0,2]'), 2, 8, "dtype U8"],
    ["a missing field", tensor('"dtype":"U8","shape":[1]'), 1, 8, "alone"],
    ["another field", tensor('"dtype":"U8","shape":[1],"data_offsets":[0,1],"z":1'), 1, 8, "alone"],
    ["a negative extent", tensor('"dtype":"U8","shape":[-1],"data_offsets":[0,1]'), 1, 8, "a shape of"],
    ["a broken extent", tensor('"dtype":"U8","shape":[1.5],"data_offsets":[0,1]'), 1, 8, "a shape of"],
    ["a text as extent", tensor('"dtype":"U8","shape":["1"],"data_offsets":[0,1]'), 1, 8, "a shape of"],
    [
      "17 dimensions",
      tensor(`"dtype":"U8","shape":[${"1,".repeat(16)}1],"data_offsets":[0,1]`),
      1,
      8,
      "at most 16",
    ],
    [
      "an overflow",
      tensor('"dtype":"F32","shape":[9007199254740991,8],"data_offsets":[0,4]'),
      4,
      8,
      "safe integer",
    ],
    ["offsets in reverse", tensor('"dtype":"U8","shape":[1],"data_offsets":[1,0]'), 1, 8, "in order"],
    ["three offsets", tensor('"dtype":"U8","shape":[1],"data_offsets":[0,1,2]'), 1, 8, "in order"],
    [
      "a size unlike the shape",
      tensor('"dtype":"U8","shape":[2],"data_offsets":[0,1]'),
      1,
      8,
      "2 bytes apart",
    ],
    ["a hole at the start", tensor('"dtype":"U8","shape":[1],"data_offsets":[1,2]'), 2, 61, "begin here"],
    [
      "data beyond the file",
      tensor('"dtype":"U8","shape":[9],"data_offsets":[0,9]'),
      1,
      62,
      "a file of 70 bytes",
    ],
    [
      "data after the tensors",
      tensor('"dtype":"U8","shape":[1],"data_offsets":[0,1]'),
      2,
      62,
      "a file of 62 bytes",
    ],
  ];
  test.each(cases)("refuses %s and names the place", (_, header, dataBytes, offset, expected) => {
    const error = failure(() => decodeSafetensors("model", fileWith(header, dataBytes)));

    expect(error).toMatchObject({ code: "FORMAT", details: { source: "model", offset } });
    expect(isDqrmError(error, "FORMAT") && error.details.expected).toContain(expected);
  });

  test.each([
    ["overlapping", 2],
    ["separated by a hole", 4],
  ])("refuses %s tensors", (_, begin) => {
    const header =
      `{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},` +
      `"b":{"dtype":"U8","shape":[3],"data_offsets":[${begin},${begin + 3}]}}`;

    const error = failure(() => decodeSafetensors("f", fileWith(header, begin + 3)));

    expect(error).toMatchObject({ code: "FORMAT", details: { offset: 8 + header.length + 3 } });
  });

  test("refuses a header longer than the limit before it reads it", () => {
    const file = new Uint8Array(16);
    new DataView(file.buffer).setBigUint64(0, 2n ** 63n, true);

    const error = failure(() => decodeSafetensors("f", file));

    expect(error).toMatchObject({ code: "LIMIT", details: { limit: "MAX_HEADER_BYTES" } });
  });

  test("refuses bytes that are no UTF-8", () => {
    const file = fileWith("{ }", 0);
    file[9] = 0xff;

    const error = failure(() => decodeSafetensors("f", file));

    expect(error).toMatchObject({ code: "FORMAT", details: { expected: "a header in UTF-8" } });
  });

  test("refuses a tensor that is not aligned to its elements", () => {
    const header = '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const odd = new Uint8Array(fileWith(header, 4).length + 1).subarray(1);
    odd.set(fileWith(header, 4));

    const error = failure(() => decodeSafetensors("f", odd));

    expect(isDqrmError(error, "FORMAT") && error.details.expected).toContain("multiple of 4");
  });

  test("refuses every truncation", () => {
    const file = joinBytes(encodeSafetensors([codes, scale], { k: "v" }).parts);

    for (let length = 0; length < file.length; length++) {
      const error = failure(() => decodeSafetensors("f", file.subarray(0, length)));
      expect(isDqrmError(error, "FORMAT")).toBe(true);
    }
  });
});
