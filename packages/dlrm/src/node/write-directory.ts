import { dirname, join } from "node:path";
import { attempt } from "./attempt.ts";
import { checksum } from "./checksum.ts";
import type { Disk } from "./disk.ts";
import { MANIFEST_NAME, type Manifest, type ManifestFile } from "./manifest.ts";

/** Holds one file to be written: its bare name and its bytes in pieces. */
export interface FileContent {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}

/** Names the directory in which files are written before they count. */
const WRITING = ".writing";

/** Names the directory of files that count already, and wait to be moved up; readers look there first. */
export const COMMITTED = ".committed";

/**
 * Writes files into a directory so that all of them appear, or none: other files there stay as they are.
 *
 * Files are written to `.writing`, made durable, and committed by one rename to `.committed`; then each moves up.
 * Whatever moment the process or the machine stops at, a reader finds all old files or all new ones, and the next
 * save tidies up. One process may write at a time.
 *
 * @throws IO with the system's error as cause; before the commit nothing has changed
 * @source the roll-forward journal of databases; docs/spec/model-directory.md
 */
export async function writeDirectory(
  directory: string,
  kind: Pick<Manifest, "format" | "version">,
  files: readonly FileContent[],
  disk: Disk,
): Promise<void> {
  const writing = join(directory, WRITING);
  await attempt("create directory", directory, async () => {
    await makeDurableDirectory(directory, disk);
    await finishCommit(directory, disk);
    await disk.remove(writing);
    await disk.makeDirectory(writing);
  });
  try {
    const entries: ManifestFile[] = [];
    for (const file of files) entries.push(await writeFile(writing, file, disk));
    const manifest: Manifest = { ...kind, files: entries };
    const json = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`);
    await writeFile(writing, { name: MANIFEST_NAME, parts: [json] }, disk);
    await attempt("save", directory, async () => {
      await disk.syncDirectory(writing);
      await disk.rename(writing, join(directory, COMMITTED));
      await disk.syncDirectory(directory);
    });
  } catch (error) {
    // Frees the space of what was written; the failure that matters is the first one.
    await disk.remove(writing).catch(() => undefined);
    throw error;
  }
  await attempt("finish saving", directory, () => finishCommit(directory, disk));
}

async function finishCommit(directory: string, disk: Disk): Promise<void> {
  const committed = join(directory, COMMITTED);
  const names = await disk.list(committed);
  if (names === undefined) return;
  for (const name of names) await disk.rename(join(committed, name), join(directory, name));
  await disk.syncDirectory(directory);
  await disk.remove(committed);
}

async function makeDurableDirectory(directory: string, disk: Disk): Promise<void> {
  const topmost = await disk.makeDirectory(directory);
  if (topmost === undefined) return;
  for (let made = directory; made.length >= topmost.length; made = dirname(made)) {
    await disk.syncDirectory(dirname(made));
  }
}

async function writeFile(directory: string, { name, parts }: FileContent, disk: Disk): Promise<ManifestFile> {
  const path = join(directory, name);
  return await attempt("write", path, async () => {
    const file = await disk.create(path);
    let bytes = 0;
    let crc = 0;
    try {
      for (const part of parts) {
        await file.write(part);
        crc = checksum(part, crc);
        bytes += part.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return { name, bytes, crc32: crc };
  });
}
