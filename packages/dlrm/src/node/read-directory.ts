import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { DqrmError, type Arena } from "@dqrm/core";
import { checksum } from "./checksum.ts";
import { errorCode } from "./disk.ts";
import { MANIFEST_NAME, MAX_MANIFEST_BYTES, parseManifest, type Manifest } from "./manifest.ts";
import { attempt } from "./attempt.ts";
import { COMMITTED } from "./write-directory.ts";

/** Reads the files of a directory that was written whole. */
export interface SavedDirectory {
  readonly manifest: Manifest;
  /** How long the manifest itself is. */
  readonly manifestBytes: number;
  /** Reads and checks a file into memory of the arena. @throws IO; FORMAT when length or checksum are not the saved ones */
  read(name: string, arena: Arena): Promise<Uint8Array>;
  /** Reads the first bytes of a file, at most `bytes`, without checking them. */
  readStart(name: string, bytes: number): Promise<Uint8Array>;
  /** Gives the CRC-32 that the manifest says. @throws FORMAT when it has no such file */
  crc32(name: string): number;
  /** Gives the length that a file has now. @throws IO */
  length(name: string): Promise<number>;
  /** Checks that files are there with the length that was saved. @throws IO; FORMAT */
  checkLengths(names: readonly string[]): Promise<void>;
}

/** One read of more bytes than this is cut; the system's limit is 2 GiB. */
const READ_BYTES = 1 << 26;

/**
 * Opens a directory that writeDirectory wrote, also one whose last save was cut short after its commit.
 *
 * @throws IO when there is no manifest; FORMAT or CONFIG when it is malformed, or of another kind or version
 */
export async function openDirectory(
  directory: string,
  kind: Pick<Manifest, "format" | "version">,
): Promise<SavedDirectory> {
  const source = join(directory, MANIFEST_NAME);
  const json = await withFile(directory, MANIFEST_NAME, async (file) => {
    const { size } = await file.stat();
    if (size > MAX_MANIFEST_BYTES) {
      const [limit, maximum] = ["MAX_MANIFEST_BYTES", MAX_MANIFEST_BYTES];
      throw new DqrmError("LIMIT", { what: `${source} bytes`, limit, maximum, actual: size });
    }
    return await file.readFile("utf8");
  });
  const manifest = parseManifest(source, json, kind);

  const entry = (name: string): Manifest["files"][number] => {
    const found = manifest.files.find((file) => file.name === name);
    if (found !== undefined) return found;
    throw new DqrmError("FORMAT", {
      source,
      offset: 0,
      expected: `a file ${name}`,
      actual: "none of that name",
    });
  };
  return {
    manifest,
    manifestBytes: new TextEncoder().encode(json).length,
    read: (name, arena) =>
      withFile(directory, name, (file) => readChecked(directory, entry(name), file, arena)),
    readStart: (name, bytes) =>
      withFile(directory, name, async (file) => {
        const start = new Uint8Array(Math.min(bytes, entry(name).bytes));
        return start.subarray(0, await fill(file, start));
      }),
    crc32: (name) => entry(name).crc32,
    length: (name) => withFile(directory, name, async (file) => (await file.stat()).size),
    async checkLengths(names) {
      for (const name of names) {
        await withFile(directory, name, (file) =>
          checkLength(join(directory, name), entry(name).bytes, file),
        );
      }
    },
  };
}

async function withFile<T>(
  directory: string,
  name: string,
  action: (file: FileHandle) => Promise<T>,
): Promise<T> {
  return await attempt("read", join(directory, name), async () => {
    const file = await openCurrent(directory, name);
    try {
      return await action(file);
    } finally {
      await file.close();
    }
  });
}

async function openCurrent(directory: string, name: string): Promise<FileHandle> {
  try {
    return await open(join(directory, COMMITTED, name), "r");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return await open(join(directory, name), "r");
  }
}

async function readChecked(
  directory: string,
  { bytes, crc32: expected, name }: Manifest["files"][number],
  file: FileHandle,
  arena: Arena,
): Promise<Uint8Array> {
  const source = join(directory, name);
  await checkLength(source, bytes, file);
  const content = arena.uint8(bytes);
  const length = await fill(file, content);
  const actual = length === bytes ? checksum(content) : undefined;
  if (actual === expected) return content;
  throw new DqrmError("FORMAT", {
    source,
    offset: length === bytes ? 0 : length,
    expected: `CRC-32 ${hex(expected)} over ${bytes} bytes, as ${MANIFEST_NAME} says`,
    actual: actual === undefined ? "the end" : `CRC-32 ${hex(actual)}`,
  });
}

async function checkLength(source: string, expected: number, file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === expected) return;
  throw new DqrmError("FORMAT", {
    source,
    offset: Math.min(size, expected),
    expected: `${expected} bytes, as ${MANIFEST_NAME} says`,
    actual: `${size} bytes`,
  });
}

async function fill(file: FileHandle, destination: Uint8Array): Promise<number> {
  let position = 0;
  while (position < destination.length) {
    const length = Math.min(READ_BYTES, destination.length - position);
    const { bytesRead } = await file.read(destination, position, length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
  }
  return position;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
