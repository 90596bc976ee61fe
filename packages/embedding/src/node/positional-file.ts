import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DqrmError } from "@dqrm/core";
import { fileError } from "./file-error.ts";

/** One read call takes less than 2 GiB in Node; a gibibyte at a time keeps clear of it. */
const READ_BYTES: number = 2 ** 30;

/** Reads pieces of a file by their position; nothing is read ahead. */
export interface PositionalFile {
  readonly path: string;
  /** Length of the file when it was opened. */
  readonly fileBytes: number;
  /** Bytes read so far. */
  readonly readBytes: number;
  /**
   * Fills dst[begin..end) from a position in the file.
   *
   * @throws FORMAT when the file ends before; IO; STATE after close
   */
  readInto(dst: Uint8Array, begin: number, end: number, position: number): void;
  /** Closes the file; a second call does nothing. */
  close(): void;
}

/**
 * Opens a file for reading by position.
 *
 * @throws IO when it cannot be opened or is no regular file
 */
export function openPositionalFile(path: string): PositionalFile {
  const { descriptor, fileBytes } = openRegular(path);
  let open = true;
  let readBytes = 0;
  return {
    path,
    fileBytes,
    get readBytes() {
      return readBytes;
    },
    readInto: (dst, begin, end, position) => {
      if (!open) throw new DqrmError("STATE", { op: "read", expected: "an open file", actual: "closed" });
      for (let offset = begin; offset < end;) {
        const length = Math.min(READ_BYTES, end - offset);
        const request = { dst, offset, length, position: position + offset - begin };
        const read = readAt(path, descriptor, request);
        if (read === 0) throw endOfFile(path, request.position, end - offset);
        readBytes += read;
        offset += read;
      }
    },
    close: () => {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

function openRegular(path: string): { readonly descriptor: number; readonly fileBytes: number } {
  const expected = "a readable regular file";
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw fileError("open", path, expected, cause);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error("is not a regular file");
    return { descriptor, fileBytes: stat.size };
  } catch (cause) {
    closeSync(descriptor);
    throw fileError("open", path, expected, cause);
  }
}

interface ReadRequest {
  readonly dst: Uint8Array;
  readonly offset: number;
  readonly length: number;
  readonly position: number;
}

function readAt(path: string, descriptor: number, { dst, offset, length, position }: ReadRequest): number {
  try {
    return readSync(descriptor, dst, offset, length, position);
  } catch (cause) {
    throw fileError("read", path, `${length} bytes at ${position}`, cause);
  }
}

function endOfFile(path: string, offset: number, missing: number): DqrmError<"FORMAT"> {
  return new DqrmError("FORMAT", {
    source: path,
    offset,
    expected: `${missing} more bytes`,
    actual: "the end of the file",
  });
}
