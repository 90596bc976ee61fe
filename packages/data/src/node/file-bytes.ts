import { open, type FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DqrmError } from "@dqrm/core";
import type { ByteInput } from "../source.ts";
import { ioError } from "./io-error.ts";

/** Large enough that the cost of a read hardly counts, small enough that a few of them fit a cache. */
const CHUNK_BYTES = 1 << 18;

const EXPECTED = "a readable file";

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw ioError("open", path, EXPECTED, cause);
  }
}

async function* fileBytes(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openFile(path);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const bytes = new Uint8Array(CHUNK_BYTES);
      const { bytesRead } = await file.read(bytes, 0, CHUNK_BYTES).catch((cause: unknown) => {
        throw ioError("read", path, EXPECTED, cause);
      });
      if (bytesRead === 0) return;
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* gunzipped(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  let failure: Error | undefined;
  let read = 0;
  async function* compressed(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const bytes of fileBytes(path, signal)) {
        read += bytes.length;
        yield bytes;
      }
    } catch (cause) {
      failure = cause instanceof Error ? cause : ioError("read", path, EXPECTED, cause);
      throw failure;
    }
  }
  const source = Readable.from(compressed(), { highWaterMark: 1 });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on("error", (cause) => gunzip.destroy(cause));
  source.pipe(gunzip);
  try {
    for await (const piece of gunzip) {
      const bytes: unknown = piece;
      if (bytes instanceof Uint8Array) yield bytes;
    }
  } catch (cause) {
    if (failure !== undefined) throw failure;
    const actual = cause instanceof Error ? cause.message : String(cause);
    const details = { source: path, offset: read, expected: "a complete gzip stream", actual };
    throw new DqrmError("FORMAT", details, { cause });
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await openFile(path);
  try {
    const start = new Uint8Array(2);
    const { bytesRead } = await file.read(start, 0, 2, 0);
    return bytesRead === 2 && start[0] === 0x1f && start[1] === 0x8b;
  } catch (cause) {
    throw ioError("read", path, EXPECTED, cause);
  } finally {
    await file.close();
  }
}

/**
 * Opens a file, plain or compressed by gzip: the first bytes tell, not the name.
 *
 * Nothing is read ahead of what the reader asks for, except what the decompressor buffers.
 *
 * @throws IO when the file cannot be read; FORMAT with the offset in the compressed bytes when it is truncated or
 *   corrupt
 *
 * ```ts doctest
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { inferSchema } from "@dqrm/data";
 * import { fileInput } from "@dqrm/data/node";
 * const folder = mkdtempSync(join(tmpdir(), "clicks-"));
 * const path = join(folder, "log.csv");
 * writeFileSync(path, "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n");
 * (await inferSchema(fileInput(path), {})).columns.length; // => 3
 * ```
 */
export function fileInput(path: string): ByteInput {
  return {
    name: path,
    async *open(signal) {
      if (await isGzip(path)) yield* gunzipped(path, signal);
      else yield* fileBytes(path, signal);
    },
  };
}
