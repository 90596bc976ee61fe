import { crc32 } from "node:zlib";
import { DqrmError, parseJson } from "@dqrm/core";
import type { EncodedFeature } from "../dataset.ts";
import {
  memberOf,
  readArray,
  readBoolean,
  readInteger,
  readObject,
  readString,
  type JsonPlace,
} from "../json-reader.ts";
import { MAX_COLUMNS, MAX_SAMPLES, MAX_TABLE_ROWS } from "../limits.ts";

/**
 * Describes a file of encoded samples: header block, records, record index, times, description. All words are
 * little-endian; a record is a label, the dense values, and for each feature one index, or a count and that many.
 */
export interface EncodedLayout {
  readonly samples: number;
  readonly denseFeatures: number;
  readonly features: readonly (EncodedFeature & { readonly bagged: boolean })[];
  readonly sections: readonly number[];
  readonly timed: boolean;
  /** CRC-32 of all records. */
  readonly recordsCrc: number;
  /** Whatever the writer names the content by, to tell a stale file. */
  readonly fingerprint: string;
}

/** The header block: magic, version, length and checksum of the description, its offset, length of the file. */
export const HEADER_BYTES = 64;

/** Descriptions hold one name for each feature and one count for each section; this is far more. */
const MAX_DESCRIPTION_BYTES = 1 << 26;

const MAGIC = "DQRMDATA";
const VERSION = 1;
const CHECKED_BYTES = 36;

/** Tells whether records have one length, so that no index of them is needed. */
export function isFixed(layout: Pick<EncodedLayout, "features">): boolean {
  return layout.features.every(({ bagged }) => !bagged);
}

/** The bytes of a record when records have one length. */
export function fixedRecordBytes(layout: Pick<EncodedLayout, "denseFeatures" | "features">): number {
  return 4 * (1 + layout.denseFeatures + layout.features.length);
}

/** Writes the header block and the description that ends the file. */
export function encodeHeader(
  layout: EncodedLayout,
  bodyBytes: number,
): { header: Buffer; description: Buffer } {
  const description = Buffer.from(JSON.stringify(layout), "utf8");
  const header = Buffer.alloc(HEADER_BYTES);
  const offset = HEADER_BYTES + bodyBytes;
  header.write(MAGIC, 0, "latin1");
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(description.length, 12);
  header.writeDoubleLE(offset, 16);
  header.writeDoubleLE(offset + description.length, 24);
  header.writeUInt32LE(crc32(description), 32);
  header.writeUInt32LE(crc32(header.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return { header, description };
}

/** Says where the description of a file stands, by its header block. */
export interface DescriptionPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly crc: number;
}

/**
 * Reads a header block.
 *
 * @throws FORMAT when the file is of another kind, damaged or truncated
 */
export function decodeHeader(path: string, header: Buffer, fileBytes: number): DescriptionPlace {
  const fail = (offset: number, expected: string, actual: string): DqrmError<"FORMAT"> =>
    new DqrmError("FORMAT", { source: path, offset, expected, actual });
  if (header.length < HEADER_BYTES || header.toString("latin1", 0, 8) !== MAGIC) {
    throw fail(0, `a file that begins with ${MAGIC}`, "another kind of file");
  }
  const version = header.readUInt32LE(8);
  if (version !== VERSION) throw fail(8, `version ${VERSION}`, `version ${version}`);
  if (crc32(header.subarray(0, CHECKED_BYTES)) !== header.readUInt32LE(CHECKED_BYTES)) {
    throw fail(CHECKED_BYTES, "a header with its checksum", "a damaged one");
  }
  const expectedBytes = header.readDoubleLE(24);
  if (expectedBytes !== fileBytes) throw fail(fileBytes, `${expectedBytes} bytes`, `${fileBytes} bytes`);
  const place = {
    offset: header.readDoubleLE(16),
    bytes: header.readUInt32LE(12),
    crc: header.readUInt32LE(32),
  };
  if (place.bytes > MAX_DESCRIPTION_BYTES || place.offset + place.bytes !== fileBytes) {
    throw fail(12, "a description at the end of the file", `${place.bytes} bytes at ${place.offset}`);
  }
  return place;
}

function readFeature(place: JsonPlace, value: unknown): EncodedLayout["features"][number] {
  const members = readObject(place, value, ["name", "rows", "bagged"]);
  return {
    name: readString(memberOf(place, "name"), members.get("name")),
    rows: readInteger(memberOf(place, "rows"), members.get("rows"), [1, MAX_TABLE_ROWS]),
    bagged: readBoolean(memberOf(place, "bagged"), members.get("bagged")),
  };
}

const KEYS = ["samples", "denseFeatures", "features", "sections", "timed", "recordsCrc", "fingerprint"];

/**
 * Reads the description of a file.
 *
 * @throws FORMAT when its checksum is wrong; CONFIG when it is no description
 */
export function decodeDescription(path: string, place: DescriptionPlace, bytes: Buffer): EncodedLayout {
  if (crc32(bytes) !== place.crc) {
    const expected = "a description with its checksum";
    throw new DqrmError("FORMAT", { source: path, offset: place.offset, expected, actual: "a damaged one" });
  }
  const top = { source: path, path: "" };
  const members = readObject(top, parseJson(path, bytes.toString("utf8")), KEYS);
  const at = (key: string): [JsonPlace, unknown] => [memberOf(top, key), members.get(key)];
  const [featuresPlace, features] = at("features");
  const [sectionsPlace, sections] = at("sections");
  return {
    samples: readInteger(...at("samples"), [0, MAX_SAMPLES]),
    denseFeatures: readInteger(...at("denseFeatures"), [0, 2 * MAX_COLUMNS]),
    features: readArray(featuresPlace, features, MAX_COLUMNS, readFeature),
    sections: readArray(sectionsPlace, sections, 1 << 20, (p, v) => readInteger(p, v, [0, MAX_SAMPLES])),
    timed: readBoolean(...at("timed")),
    recordsCrc: readInteger(...at("recordsCrc"), [0, 2 ** 32 - 1]),
    fingerprint: readString(...at("fingerprint")),
  };
}
