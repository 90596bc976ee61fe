import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { addToSections } from "../encode.ts";
import type { EncodedDataset } from "../dataset.ts";
import type { Preprocessing } from "../preprocessing.ts";
import { prepareRowEncoder, type EncodedRows, type RowEncoder } from "../row-encoder.ts";
import type { DataSource } from "../source.ts";
import { openEncodedFile } from "./encoded-file.ts";
import { encodeHeader, HEADER_BYTES } from "./encoded-layout.ts";
import { ioError } from "./io-error.ts";

/** Sets where encoded samples are written. */
export interface EncodeToFileOptions {
  readonly path: string;
  /** Names the content, so that a later `openEncodedFile` can tell a stale file. */
  readonly fingerprint: string;
  readonly signal?: AbortSignal;
}

/** Copies between files go through a buffer of this size. */
const COPY_BYTES = 1 << 20;

const EXPECTED = "room for the encoded samples";

/** A file that is written from its start and read back once. */
class ScratchFile {
  readonly path: string;
  readonly #descriptor: number;
  bytes = 0;

  constructor(path: string) {
    this.path = path;
    try {
      this.#descriptor = openSync(path, "w+");
    } catch (cause) {
      throw ioError("create", path, "a folder to write in", cause);
    }
  }

  append(data: Uint8Array): void {
    this.writeAt(this.bytes, data);
    this.bytes += data.length;
  }

  writeAt(offset: number, data: Uint8Array): void {
    try {
      for (let done = 0; done < data.length;) {
        done += writeSync(this.#descriptor, data, done, data.length - done, offset + done);
      }
    } catch (cause) {
      throw ioError("write", this.path, EXPECTED, cause);
    }
  }

  appendFile(other: ScratchFile): void {
    const buffer = new Uint8Array(COPY_BYTES);
    for (let at = 0; at < other.bytes;) {
      const read = readSync(other.#descriptor, buffer, 0, COPY_BYTES, at);
      if (read === 0) throw ioError("read", other.path, `${other.bytes} bytes`, `only ${at}`);
      this.append(buffer.subarray(0, read));
      at += read;
    }
  }

  finish(): void {
    try {
      fsyncSync(this.#descriptor);
    } catch (cause) {
      throw ioError("flush", this.path, EXPECTED, cause);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function bytesOf(values: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Lays out the records of a chunk; `ends` receives where each one ends, counted in words. */
function layRecords(rows: EncodedRows, encoder: RowEncoder, ends: Float64Array): Int32Array {
  const { denseFeatures } = encoder;
  const bags = encoder.bagged.filter(Boolean).length;
  const indices = rows.columns.reduce((sum, column) => sum + column.indices.length, 0);
  const words = new Int32Array(rows.size * (1 + denseFeatures + bags) + indices);
  const floats = new Float32Array(words.buffer);
  let at = 0;
  for (let row = 0; row < rows.size; row++) {
    floats[at++] = rows.labels[row];
    for (let d = 0; d < denseFeatures; d++) floats[at++] = rows.dense[row * denseFeatures + d];
    for (const column of rows.columns) {
      const begin = column.offsets === undefined ? row : column.offsets[row];
      const end = column.offsets === undefined ? row + 1 : column.offsets[row + 1];
      if (column.offsets !== undefined) words[at++] = end - begin;
      for (let i = begin; i < end; i++) words[at++] = column.indices[i];
    }
    ends[row] = at;
  }
  return words;
}

interface Scratch {
  readonly main: ScratchFile;
  readonly index: ScratchFile;
  readonly times: ScratchFile;
}

async function writeRecords(
  source: DataSource,
  encoder: RowEncoder,
  files: Scratch,
  options: EncodeToFileOptions,
): Promise<{ samples: number; sections: number[]; recordsCrc: number }> {
  const sections: number[] = [];
  let samples = 0;
  let recordsCrc = 0;
  let words = 0;
  const variable = encoder.bagged.some(Boolean);
  if (variable) files.index.append(bytesOf(Float64Array.of(0)));
  for await (const chunk of source.rows(options.signal === undefined ? {} : { signal: options.signal })) {
    const rows = encoder.encode(chunk);
    const ends = new Float64Array(rows.size);
    const records = bytesOf(layRecords(rows, encoder, ends));
    files.main.append(records);
    recordsCrc = crc32(records, recordsCrc);
    for (let i = 0; i < ends.length; i++) ends[i] = 4 * (words + ends[i]);
    if (variable) files.index.append(bytesOf(ends));
    if (rows.timestamps !== undefined) files.times.append(bytesOf(rows.timestamps));
    words += records.length / 4;
    samples += rows.size;
    addToSections(sections, rows.section, rows.size);
  }
  return { samples, sections, recordsCrc };
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Encodes a source into a file that is read by position, so that memory does not grow with the samples. The file
 * appears under its name only when it is complete.
 *
 * @throws IO when the file cannot be written; CONFIG when the source has other columns than the preprocessing was
 *   fitted on; DATA for a value that it refuses; whatever the source throws
 * @cost one pass; memory of a few chunks
 *
 * ```ts doctest
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fitPreprocessing, RECOMMENDED_FIT } from "@dqrm/data";
 * import { csvSource, encodeToFile, inferFileSchema } from "@dqrm/data/node";
 * const folder = mkdtempSync(join(tmpdir(), "clicks-"));
 * const path = join(folder, "log.csv");
 * writeFileSync(path, "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n");
 * const source = csvSource([path], await inferFileSchema(path, {}));
 * const preprocessing = await fitPreprocessing(source, RECOMMENDED_FIT);
 * const encoded = { path: join(folder, "log.encoded"), fingerprint: "log of today" };
 * (await encodeToFile(source, preprocessing, encoded)).samples; // => 3
 * ```
 */
export async function encodeToFile(
  source: DataSource,
  preprocessing: Preprocessing,
  options: EncodeToFileOptions,
): Promise<EncodedDataset> {
  const encoder = prepareRowEncoder(preprocessing, source.schema, source.name);
  const partial = `${options.path}.partial`;
  const opened: ScratchFile[] = [];
  const create = (path: string): ScratchFile => {
    const file = new ScratchFile(path);
    opened.push(file);
    return file;
  };
  try {
    const main = create(partial);
    const files = { main, index: create(`${partial}.index`), times: create(`${partial}.times`) };
    main.append(new Uint8Array(HEADER_BYTES));
    const counts = await writeRecords(source, encoder, files, options);
    main.appendFile(files.index);
    main.appendFile(files.times);
    const { denseFeatures, bagged } = encoder;
    const timed = files.times.bytes > 0;
    const features = encoder.features.map((feature, f) => ({ ...feature, bagged: bagged[f] }));
    const layout = { ...counts, denseFeatures, features, timed, fingerprint: options.fingerprint };
    const { header, description } = encodeHeader(layout, main.bytes - HEADER_BYTES);
    main.append(description);
    main.writeAt(0, header);
    main.finish();
    renameSync(partial, options.path);
    syncFolder(options.path);
  } finally {
    for (const file of opened) {
      file.close();
      rmSync(file.path, { force: true });
    }
  }
  return openEncodedFile(options.path, { fingerprint: options.fingerprint });
}
