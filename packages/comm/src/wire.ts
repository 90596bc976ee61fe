import { crc32, DqrmError, MAX_COLS, MAX_ROWS, type RowGradient } from "@dqrm/core";
import type { GradientCodec } from "./codec.ts";

/**
 * Counts the bytes before every payload of the built-in codecs, little-endian: magic "DQ" u16, version u8, codec u8,
 * cols u32, count u32, body bytes u32, CRC-32 u32 of all other bytes.
 */
export const HEADER_BYTES = 20;

const MAGIC = 0x5144;
const VERSION = 1;
const CRC_OFFSET = 16;

/** Says what a payload's header declares; {@link readHeader} has checked it against the bytes. */
export interface WireHeader {
  readonly cols: number;
  readonly count: number;
  readonly bodyBytes: number;
}

/** Names the codec that a payload is read or written for. */
export type WireCodec = Pick<GradientCodec, "name" | "id">;

/** The header counts the bytes of its body in 32 bits. */
const MAX_BODY_BYTES: number = 2 ** 32 - 1;

/**
 * Writes the header, checksum included, of a payload whose body already stands behind it.
 *
 * @throws VALUE for what {@link readHeader} would refuse: a count beyond MAX_COLS, MAX_ROWS or 32 bits of body bytes;
 *         SHAPE when out is shorter than header and body
 *
 * ```ts doctest
 * import { HEADER_BYTES, readHeader, writeHeader } from "@dqrm/comm";
 * const codec = { name: "mine", id: 200 };
 * const payload = new Uint8Array(HEADER_BYTES + 1);
 * payload[HEADER_BYTES] = 42;
 * writeHeader(payload, codec, { cols: 1, count: 1, bodyBytes: 1 });
 * readHeader(payload, codec); // => { cols: 1, count: 1, bodyBytes: 1 }
 * ```
 */
export function writeHeader(out: Uint8Array, codec: WireCodec, header: WireHeader): void {
  checkHeader(codec, header);
  const expected = HEADER_BYTES + header.bodyBytes;
  if (out.length < expected) {
    throw new DqrmError("SHAPE", { op: `${codec.name} header`, what: "out", expected, actual: out.length });
  }
  const view = viewOf(out);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, VERSION);
  view.setUint8(3, codec.id);
  view.setUint32(4, header.cols, true);
  view.setUint32(8, header.count, true);
  view.setUint32(12, header.bodyBytes, true);
  view.setUint32(CRC_OFFSET, checksum(out, header.bodyBytes), true);
}

/**
 * Reads and checks the header of a payload.
 *
 * @throws WIRE when the bytes are not exactly one undamaged payload of this codec
 * @cost O(bytes), for the checksum
 *
 * ```ts doctest
 * import { readHeader } from "@dqrm/comm";
 * import { isDqrmError } from "@dqrm/core";
 * let refused = false;
 * try {
 *   readHeader(new Uint8Array(7), { name: "mine", id: 200 });
 * } catch (error) {
 *   refused = isDqrmError(error, "WIRE");
 * }
 * refused; // => true
 * ```
 */
export function readHeader(bytes: Uint8Array, codec: WireCodec): WireHeader {
  if (bytes.length < HEADER_BYTES) {
    throw wireError(codec, bytes.length, `${bytes.length} bytes cannot hold a header of ${HEADER_BYTES}`);
  }
  const view = viewOf(bytes);
  if (view.getUint16(0, true) !== MAGIC) throw wireError(codec, 0, "not a gradient payload");
  if (view.getUint8(2) !== VERSION) {
    throw wireError(codec, 2, `version ${view.getUint8(2)}, expected ${VERSION}`);
  }
  if (view.getUint8(3) !== codec.id) {
    throw wireError(codec, 3, `codec id ${view.getUint8(3)}, expected ${codec.id}`);
  }
  const header = {
    cols: view.getUint32(4, true),
    count: view.getUint32(8, true),
    bodyBytes: view.getUint32(12, true),
  };
  if (header.cols === 0 || header.cols > MAX_COLS) {
    throw wireError(codec, 4, `${header.cols} columns, expected 1 to ${MAX_COLS}`);
  }
  if (header.count > MAX_ROWS) throw wireError(codec, 8, `${header.count} rows, more than ${MAX_ROWS}`);
  if (header.bodyBytes !== bytes.length - HEADER_BYTES) {
    throw wireError(codec, 12, `a body of ${header.bodyBytes} bytes in ${bytes.length} bytes`);
  }
  const declared = view.getUint32(CRC_OFFSET, true);
  if (declared !== checksum(bytes, header.bodyBytes)) throw wireError(codec, CRC_OFFSET, "wrong checksum");
  return header;
}

function checkHeader(codec: WireCodec, header: WireHeader): void {
  const ranges = [
    ["cols", 1, MAX_COLS],
    ["count", 0, MAX_ROWS],
    ["bodyBytes", 0, MAX_BODY_BYTES],
  ] as const;
  for (const [what, least, most] of ranges) {
    const actual = header[what];
    if (Number.isInteger(actual) && actual >= least && actual <= most) continue;
    throw new DqrmError("VALUE", {
      op: `${codec.name} header`,
      what,
      expected: `an integer from ${least} to ${most}`,
      actual: String(actual),
    });
  }
}

/** Checks that a buffer can take any payload of a gradient. @throws SHAPE */
export function checkOut(codec: GradientCodec, gradient: RowGradient, out: Uint8Array): void {
  const expected = codec.maxBytes(gradient.count, gradient.cols);
  if (out.length >= expected) return;
  throw new DqrmError("SHAPE", { op: `${codec.name}.encode`, what: "out", expected, actual: out.length });
}

/** Builds the error of a malformed payload. */
export function wireError(codec: WireCodec, offset: number, reason: string): DqrmError<"WIRE"> {
  return new DqrmError("WIRE", { codec: codec.name, offset, reason });
}

/** Views bytes for multi-byte access. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function checksum(bytes: Uint8Array, bodyBytes: number): number {
  const header = crc32(bytes.subarray(0, CRC_OFFSET));
  return crc32(bytes.subarray(HEADER_BYTES, HEADER_BYTES + bodyBytes), header);
}
