import { DqrmError } from "../errors.ts";
import { crc32 } from "./crc32.ts";
import { checkPackedRows } from "./packed-rows.ts";
import { checkLevel, isDeadZone, isLevel } from "./dead-zone.ts";
import { hasBias, rowBytes, scaleCount, type PackedRows, type Scheme } from "./row-format.ts";
import { decodeTableHeader, encodeTableHeader, type TableHeader } from "./table-header.ts";
import { TABLE_HEADER_BYTES, tableLayout } from "./table-layout.ts";

/**
 * Lists the parts of a table file in order, header first, as views of the packed rows and of a little padding;
 * a writer needs no second copy of the codes.
 *
 * @throws VALUE, LIMIT or SHAPE when the packed rows do not fit together; NON_FINITE when a scale is NaN or infinite;
 *         VALUE when the top or the threshold of a dead zone is negative
 * @cost O(bytes) for the checksum, allocates less than 256 bytes
 *
 * ```ts doctest
 * import { allocateRows, tableFileParts } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * // Header, scale, padding, biases, padding, codes.
 * tableFileParts(allocateRows(format, 10)).map(({ length }) => length); // => [64, 4, 60, 0, 0, 80]
 * ```
 */
export function tableFileParts(packed: PackedRows): readonly Uint8Array[] {
  checkPackedRows("table file", packed);
  const { format, rows } = packed;
  checkNumbers("scale", format.scheme, packed.scale);
  checkNumbers("bias", format.scheme, packed.bias);
  const layout = tableLayout(format, rows);
  const scale = bytesOf(packed.scale);
  const bias = bytesOf(packed.bias);
  const body = [
    scale,
    new Uint8Array(layout.biasOffset - layout.scaleOffset - scale.length),
    bias,
    new Uint8Array(layout.codesOffset - layout.biasOffset - bias.length),
    packed.codes,
  ];
  const bodyCrc = body.reduce((crc, part) => crc32(part, crc), 0);
  return [encodeTableHeader({ format, rows, ...layout, bodyCrc }), ...body];
}

/**
 * Encodes packed rows as the bytes of a table file.
 *
 * @throws VALUE, LIMIT, SHAPE or NON_FINITE as {@link tableFileParts}
 * @cost allocates the file's size
 *
 * ```ts doctest
 * import { allocateRows, decodeTableFile, encodeTableFile } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const bytes = encodeTableFile(allocateRows(format, 10));
 * bytes.length; // => 208
 * decodeTableFile("example", bytes).rows; // => 10
 * ```
 */
export function encodeTableFile(packed: PackedRows): Uint8Array<ArrayBuffer> {
  const parts = tableFileParts(packed);
  const file = new Uint8Array(tableLayout(packed.format, packed.rows).fileBytes);
  let position = 0;
  for (const part of parts) {
    file.set(part, position);
    position += part.length;
  }
  return file;
}

/**
 * Reads a whole table file in place: the packed rows are views of `bytes`, nothing is copied.
 *
 * @throws FORMAT when a byte was changed, cut off or added; LIMIT when a count exceeds MAX_COLS or MAX_ROWS;
 *         VALUE when `bytes` does not start on a multiple of 4 in its buffer
 * @cost O(bytes) for the checksum, allocates nothing but the views
 *
 * ```ts doctest
 * import { allocateRows, decodeTableFile, encodeTableFile } from "@dqrm/core";
 * const format = { bits: 8, cols: 2, scheme: "symmetric", granularity: { kind: "row" } } as const;
 * const packed = allocateRows(format, 1);
 * packed.scale[0] = 0.5;
 * packed.codes.set([130, 127]);
 * const bytes = encodeTableFile(packed);
 * const { codes, scale } = decodeTableFile("example.dqt", bytes);
 * [[...codes], [...scale]]; // => [[130, 127], [0.5]]
 * codes.buffer === bytes.buffer; // => true
 * ```
 */
export function decodeTableFile(source: string, bytes: Uint8Array): PackedRows {
  const header = decodeTableHeader(source, bytes, bytes.length);
  checkTableBody(source, header, crc32(bytes.subarray(TABLE_HEADER_BYTES)));
  if (bytes.byteOffset % 4 !== 0) {
    throw new DqrmError("VALUE", {
      op: "decodeTableFile",
      what: "bytes.byteOffset",
      expected: "a multiple of 4 (pass bytes.slice() to realign)",
      actual: String(bytes.byteOffset),
    });
  }
  const { format, rows, scaleOffset, biasOffset, codesOffset } = header;
  const scales = scaleCount(format, rows);
  const scale = new Float32Array(bytes.buffer, bytes.byteOffset + scaleOffset, scales);
  const biases = hasBias(format.scheme) ? scales : 0;
  const bias = new Float32Array(bytes.buffer, bytes.byteOffset + biasOffset, biases);
  checkTableNumbers(source, format.scheme, scale, scaleOffset);
  checkTableNumbers(source, format.scheme, bias, biasOffset);
  const codes = bytes.subarray(codesOffset, codesOffset + rows * rowBytes(format));
  return { format, rows, codes, scale, bias };
}

/**
 * Compares the checksum of what follows the header with the one that the header promises.
 *
 * @throws FORMAT when they differ
 *
 * ```ts doctest
 * import { allocateRows, checkTableBody, crc32, decodeTableHeader, encodeTableFile, TABLE_HEADER_BYTES } from "@dqrm/core";
 * const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const file = encodeTableFile(allocateRows(format, 3));
 * const header = decodeTableHeader("shop.dqt", file.subarray(0, TABLE_HEADER_BYTES), file.length);
 * checkTableBody("shop.dqt", header, crc32(file.subarray(TABLE_HEADER_BYTES))); // => undefined
 * ```
 */
export function checkTableBody(source: string, header: TableHeader, bodyCrc: number): void {
  if (bodyCrc === header.bodyCrc) return;
  throw new DqrmError("FORMAT", {
    source,
    offset: TABLE_HEADER_BYTES,
    expected: `a body with CRC-32 ${hex(header.bodyCrc)}`,
    actual: hex(bodyCrc),
  });
}

/**
 * Checks that scales or biases read from a table file are finite, and for a dead zone not negative.
 *
 * @shape offset: where the first of them stands in the file
 * @throws FORMAT with the place of the first that is not
 *
 * ```ts doctest
 * import { checkTableNumbers } from "@dqrm/core";
 * checkTableNumbers("shop.dqt", "symmetric", Float32Array.of(0.5, 2), 64); // => undefined
 * ```
 */
export function checkTableNumbers(
  source: string,
  scheme: Scheme,
  numbers: Float32Array,
  offset: number,
): void {
  const levels = isDeadZone(scheme);
  const position = numbers.findIndex(levels ? (x) => !isLevel(x) : (x) => !Number.isFinite(x));
  if (position < 0) return;
  throw new DqrmError("FORMAT", {
    source,
    offset: offset + 4 * position,
    expected: levels ? "a finite number >= 0" : "a finite number",
    actual: String(numbers[position]),
  });
}

function checkNumbers(what: string, scheme: Scheme, numbers: Float32Array): void {
  numbers.forEach((number, position) => {
    if (!Number.isFinite(number)) {
      throw new DqrmError("NON_FINITE", { what: `table file ${what}`, position, actual: String(number) });
    }
    if (isDeadZone(scheme)) checkLevel("table file", `${what}[${position}]`, number);
  });
}

function bytesOf(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
