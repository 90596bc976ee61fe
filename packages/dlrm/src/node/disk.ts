import { mkdir, open, readdir, rename, rm } from "node:fs/promises";

/** Writes one new file. */
export interface DiskFile {
  /** Appends all of the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the bytes would survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Does what saving needs of a file system; a test gives one that fails.
 *
 * Failures are the system's own errors; those who save turn them into DqrmError.
 */
export interface Disk {
  /** Creates a file that does not exist. */
  create(path: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** Resolves when the names in a directory would survive a power cut. */
  syncDirectory(path: string): Promise<void>;
  /** Creates a directory and those above it; answers the topmost that it created, if any. */
  makeDirectory(path: string): Promise<string | undefined>;
  /** Removes a file or directory with all it holds; an absent one is no failure. */
  remove(path: string): Promise<void>;
  /** Lists the names in a directory, or answers undefined when it is absent. */
  list(path: string): Promise<readonly string[] | undefined>;
}

/** One write of more bytes than this is cut, so that the event loop breathes and no system limit is met. */
const WRITE_BYTES = 1 << 26;

/** Works on the file system of this machine. */
export const nodeDisk: Disk = {
  async create(path) {
    const file = await open(path, "wx");
    return {
      async write(bytes) {
        let position = 0;
        while (position < bytes.length) {
          const length = Math.min(WRITE_BYTES, bytes.length - position);
          position += (await file.write(bytes, position, length)).bytesWritten;
        }
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
  rename: (from, to) => rename(from, to),
  async syncDirectory(path) {
    // Windows has no such call, and orders renames by itself.
    if (process.platform === "win32") return;
    const directory = await open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
  makeDirectory: (path) => mkdir(path, { recursive: true }),
  remove: (path) => rm(path, { recursive: true, force: true }),
  async list(path) {
    try {
      return await readdir(path);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
  },
};

/** Gives the code of a system error, such as ENOENT, or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
