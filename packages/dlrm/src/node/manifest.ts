import { DqrmError, parseJson } from "@dqrm/core";
import { integer, isRecord, list, record, text, unexpected, type Reader } from "../config/read.ts";

/** Says how long a file is and what its bytes sum up to. */
export interface ManifestFile {
  readonly name: string;
  readonly bytes: number;
  /** CRC-32 of the whole file. */
  readonly crc32: number;
}

/** Lists the files that were saved together; it is written last, so a directory with one is whole. */
export interface Manifest {
  readonly format: string;
  readonly version: number;
  readonly files: readonly ManifestFile[];
}

/** Names the manifest inside a directory. */
export const MANIFEST_NAME = "manifest.json";

/** A manifest longer than this lists more files than a directory of ours has. */
export const MAX_MANIFEST_BYTES: number = 1 << 20;

/** Names a file without a path; nothing in a manifest can point out of its directory. */
const BARE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Tells whether a name is one that a manifest may list. */
export function isBareName(name: string): boolean {
  return BARE_NAME.test(name);
}

const fileName: Reader<string> = (value, place) => {
  const name = text(value, place);
  if (!isBareName(name)) throw unexpected(place, "a bare file name", value);
  return name;
};

const manifest = record<Manifest>({
  format: text,
  version: integer(0, 2 ** 31),
  files: list(
    record<ManifestFile>({
      name: fileName,
      bytes: integer(0, Number.MAX_SAFE_INTEGER),
      crc32: integer(0, 2 ** 32 - 1),
    }),
    1,
  ),
});

/**
 * Reads a manifest and checks what it is the manifest of.
 *
 * @throws FORMAT when it is of another kind or version; CONFIG naming the path of a wrong field
 */
export function parseManifest(
  source: string,
  json: string,
  { format, version }: Pick<Manifest, "format" | "version">,
): Manifest {
  const value = parseJson(source, json);
  const root = { source, path: "" };
  if (!isRecord(value)) throw unexpected(root, "an object", value);
  // Another kind or version may have other fields: these two are read before the rest.
  expectValue(source, "format", format, value.format);
  expectValue(source, "version", version, value.version);
  return manifest(value, root);
}

function expectValue(source: string, key: string, expected: string | number, value: unknown): void {
  if (value === expected) return;
  const actual = value === undefined ? "none" : JSON.stringify(value).slice(0, 80);
  throw new DqrmError("FORMAT", {
    source,
    offset: 0,
    expected: `${key} ${JSON.stringify(expected)}`,
    actual,
  });
}
