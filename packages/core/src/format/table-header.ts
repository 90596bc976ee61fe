import { DqrmError } from "../errors.ts";
import { crc32 } from "./crc32.ts";
import { isDeadZone, isDeadZoneWidth } from "./dead-zone.ts";
import {
  BIT_WIDTHS,
  MAX_COLS,
  MAX_ROWS,
  SCHEMES,
  type BitWidth,
  type RowFormat,
  type ScaleGranularity,
} from "./row-format.ts";
import { TABLE_HEADER_BYTES, tableLayout, type TableLayout } from "./table-layout.ts";

/** Raised when the meaning of a table file changes; a reader refuses every other number. */
export const TABLE_FILE_VERSION = 1;

/** "DQT" and the byte that ends a text file, so that the file is not mistaken for text. */
const MAGIC = 0x1a545144;

const AT = {
  magic: 0,
  version: 4,
  headerBytes: 6,
  bits: 8,
  scheme: 9,
  granularity: 10,
  reserved: 11,
  cols: 12,
  groupCols: 16,
  rows: 20,
  scaleOffset: 24,
  biasOffset: 32,
  codesOffset: 40,
  fileBytes: 48,
  bodyCrc: 56,
  headerCrc: 60,
} as const;

const GRANULARITIES = ["table", "row", "group"] as const satisfies readonly ScaleGranularity["kind"][];

/**
 * Holds what the 64-byte header of a table file says.
 *
 * @source docs/spec/table-file.md
 */
export interface TableHeader extends TableLayout {
  readonly format: RowFormat;
  readonly rows: number;
  /** CRC-32 of every byte after the header. */
  readonly bodyCrc: number;
}

/**
 * Encodes the header of a table file.
 *
 * @throws LIMIT when groupCols exceeds MAX_COLS
 *
 * ```ts doctest
 * import { encodeTableHeader, tableLayout } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * encodeTableHeader({ format, rows: 10, ...tableLayout(format, 10), bodyCrc: 0 }).length; // => 64
 * ```
 */
export function encodeTableHeader(header: TableHeader): Uint8Array<ArrayBuffer> {
  const { granularity, bits, cols, scheme } = header.format;
  if (granularity.kind === "group") checkCount("table file", "groupCols", granularity.groupCols);
  const bytes = new Uint8Array(TABLE_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(AT.magic, MAGIC, true);
  view.setUint16(AT.version, TABLE_FILE_VERSION, true);
  view.setUint16(AT.headerBytes, TABLE_HEADER_BYTES, true);
  view.setUint8(AT.bits, bits);
  view.setUint8(AT.scheme, SCHEMES.indexOf(scheme));
  view.setUint8(AT.granularity, GRANULARITIES.indexOf(granularity.kind));
  view.setUint32(AT.cols, cols, true);
  view.setUint32(AT.groupCols, granularity.kind === "group" ? granularity.groupCols : 0, true);
  view.setUint32(AT.rows, header.rows, true);
  for (const field of ["scaleOffset", "biasOffset", "codesOffset", "fileBytes"] as const) {
    view.setBigUint64(AT[field], BigInt(header[field]), true);
  }
  view.setUint32(AT.bodyCrc, header.bodyCrc, true);
  view.setUint32(AT.headerCrc, crc32(bytes.subarray(0, AT.headerCrc)), true);
  return bytes;
}

/**
 * Reads and checks the header of a table file; every field is believed only after it was checked.
 *
 * @shape bytes: at least the first 64 of the file; fileBytes: how long the file is
 * @throws FORMAT when it is no table file, damaged, or of another length; LIMIT when cols exceeds MAX_COLS or rows MAX_ROWS
 * @cost O(1)
 *
 * ```ts doctest
 * import { allocateRows, decodeTableHeader, encodeTableFile } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const file = encodeTableFile(allocateRows(format, 10));
 * const header = decodeTableHeader("example.dqt", file.subarray(0, 64), file.length);
 * [header.rows, header.format.bits, header.codesOffset]; // => [10, 4, 128]
 * ```
 */
export function decodeTableHeader(source: string, bytes: Uint8Array, fileBytes: number): TableHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkFrame(source, bytes, view, fileBytes);
  const format = readFormat(source, view);
  const rows = view.getUint32(AT.rows, true);
  if (rows > MAX_ROWS) {
    const what = `${source}: rows`;
    throw new DqrmError("LIMIT", { what, limit: "MAX_ROWS", maximum: MAX_ROWS, actual: rows });
  }
  const layout = tableLayout(format, rows);
  for (const field of ["scaleOffset", "biasOffset", "codesOffset", "fileBytes"] as const) {
    const actual = Number(view.getBigUint64(AT[field], true));
    expectField(source, field, layout[field], actual);
  }
  if (fileBytes !== layout.fileBytes) {
    throw new DqrmError("FORMAT", {
      source,
      offset: Math.min(fileBytes, layout.fileBytes),
      expected: `a file of ${layout.fileBytes} bytes`,
      actual: `${fileBytes} bytes`,
    });
  }
  return { format, rows, ...layout, bodyCrc: view.getUint32(AT.bodyCrc, true) };
}

function checkFrame(source: string, bytes: Uint8Array, view: DataView, fileBytes: number): void {
  const available = Math.min(bytes.length, fileBytes);
  if (available < TABLE_HEADER_BYTES) {
    throw new DqrmError("FORMAT", {
      source,
      offset: available,
      expected: `a header of ${TABLE_HEADER_BYTES} bytes`,
      actual: `the end of the file`,
    });
  }
  expectField(source, "magic", MAGIC, view.getUint32(AT.magic, true));
  expectField(source, "version", TABLE_FILE_VERSION, view.getUint16(AT.version, true));
  expectField(source, "headerBytes", TABLE_HEADER_BYTES, view.getUint16(AT.headerBytes, true));
  const crc = crc32(bytes.subarray(0, AT.headerCrc));
  expectField(source, "headerCrc", crc, view.getUint32(AT.headerCrc, true));
  expectField(source, "reserved", 0, view.getUint8(AT.reserved));
}

function readFormat(source: string, view: DataView): RowFormat {
  const bits = pick(source, view, "bits", BIT_WIDTHS.map(widthEntry));
  const scheme = pick(source, view, "scheme", SCHEMES.map(codeEntry));
  if (isDeadZone(scheme) && !isDeadZoneWidth(bits)) {
    const expected = `2 to 8 bits for ${scheme}`;
    throw new DqrmError("FORMAT", { source, offset: AT.bits, expected, actual: String(bits) });
  }
  const kind = pick(source, view, "granularity", GRANULARITIES.map(codeEntry));
  const cols = view.getUint32(AT.cols, true);
  const groupCols = view.getUint32(AT.groupCols, true);
  checkCount(source, "cols", cols);
  if (kind === "group") checkCount(source, "groupCols", groupCols);
  else expectField(source, "groupCols", 0, groupCols);
  return { bits, cols, scheme, granularity: kind === "group" ? { kind, groupCols } : { kind } };
}

function widthEntry(bits: BitWidth): readonly [number, BitWidth] {
  return [bits, bits];
}

function codeEntry<Name extends string>(name: Name, code: number): readonly [number, Name] {
  return [code, name];
}

function pick<Value>(
  source: string,
  view: DataView,
  field: "bits" | "scheme" | "granularity",
  entries: readonly (readonly [number, Value])[],
): Value {
  const code = view.getUint8(AT[field]);
  const found = entries.find(([known]) => known === code);
  if (found !== undefined) return found[1];
  throw new DqrmError("FORMAT", {
    source,
    offset: AT[field],
    expected: `${field} one of ${entries.map(([known]) => known).join(", ")}`,
    actual: String(code),
  });
}

function checkCount(source: string, field: "cols" | "groupCols", count: number): void {
  if (count > MAX_COLS) {
    const what = `${source}: ${field}`;
    throw new DqrmError("LIMIT", { what, limit: "MAX_COLS", maximum: MAX_COLS, actual: count });
  }
  if (count === 0) {
    throw new DqrmError("FORMAT", { source, offset: AT[field], expected: `${field} >= 1`, actual: "0" });
  }
}

function expectField(source: string, field: keyof typeof AT, expected: number, actual: number): void {
  if (actual === expected) return;
  throw new DqrmError("FORMAT", {
    source,
    offset: AT[field],
    expected: `${field} ${expected}`,
    actual: String(actual),
  });
}
