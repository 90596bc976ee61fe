import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { tableFileParts, type PackedRows } from "@dqrm/core";
import { fileError } from "./file-error.ts";

/** One write call takes less than 2 GiB on Linux; a gibibyte at a time keeps clear of it. */
const WRITE_BYTES: number = 2 ** 30;

/**
 * Writes a table file so that `path` holds either the old file or the whole new one, whenever the machine stops.
 *
 * The bytes go to `path` with ".partial" appended, are flushed, and take the name in one step; then the directory is
 * flushed. A later save overwrites a partial file that a crash left behind. Until the promise settles, the packed rows
 * must not change and no other save of the same path may begin.
 *
 * @throws IO when a step fails, for example because the disk is full; the old file is then untouched. VALUE, LIMIT,
 *         SHAPE or NON_FINITE when the packed rows do not fit together, before anything is written
 * @cost O(file), holds no second copy of the codes
 *
 * ```ts doctest
 * import { mkdtempSync, readdirSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateRows } from "@dqrm/core";
 * import { saveTableFile } from "@dqrm/embedding/node";
 * const directory = mkdtempSync(join(tmpdir(), "dqrm-"));
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * await saveTableFile(join(directory, "items.dqt"), allocateRows(format, 100));
 * readdirSync(directory); // => ["items.dqt"]
 * ```
 */
export async function saveTableFile(path: string, packed: PackedRows): Promise<void> {
  const parts = tableFileParts(packed);
  const partial = `${path}.partial`;
  try {
    await writeFlushed(partial, parts);
    await rename(partial, path);
    await flushDirectory(dirname(path));
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw fileError("save", path, "a writable directory with room for the table", cause);
  }
}

async function writeFlushed(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const part of parts) await writeAll(file, part);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, part: Uint8Array): Promise<void> {
  for (let position = 0; position < part.length;) {
    const { bytesWritten } = await file.write(part.subarray(position, position + WRITE_BYTES));
    position += bytesWritten;
  }
}

async function flushDirectory(path: string): Promise<void> {
  // Windows opens no directories, and its rename is durable without.
  const directory = await open(path, "r").catch(() => undefined);
  if (directory === undefined) return;
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
