import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { DqrmError } from "@dqrm/core";
import { checkFill, reserveIndices } from "../batch-buffer.ts";
import type { BatchBuffer, EncodedDataset } from "../dataset.ts";
import {
  decodeDescription,
  decodeHeader,
  fixedRecordBytes,
  HEADER_BYTES,
  isFixed,
  type EncodedLayout,
} from "./encoded-layout.ts";
import { ioError } from "./io-error.ts";

/** Sets how a file of encoded samples is opened. */
export interface OpenEncodedOptions {
  /** What the writer named the content by; another one is an error. Not compared when absent. */
  readonly fingerprint?: string;
  /** Reads all records once and compares their checksum; not done when absent. */
  readonly verify?: boolean;
}

/** Records of one batch are read together up to this size; a longer record is damage. */
const MAX_READ_BYTES = 1 << 30;

const COPY_BYTES = 1 << 20;

function readAt(
  file: { descriptor: number; path: string },
  into: Uint8Array,
  bytes: number,
  offset: number,
): void {
  for (let done = 0; done < bytes;) {
    let read: number;
    try {
      read = readSync(file.descriptor, into, done, bytes - done, offset + done);
    } catch (cause) {
      throw ioError("read", file.path, "the encoded samples", cause);
    }
    if (read === 0) {
      const details = { source: file.path, offset: offset + done, expected: `${bytes - done} more bytes` };
      throw new DqrmError("FORMAT", { ...details, actual: "the end of the file" });
    }
    done += read;
  }
}

/** Reads samples by position; see {@link openEncodedFile}. */
class EncodedFile implements EncodedDataset {
  readonly samples: number;
  readonly denseFeatures: number;
  readonly features: EncodedLayout["features"];
  readonly sections: readonly number[];
  readonly #file: { descriptor: number; path: string };
  readonly #layout: EncodedLayout;
  readonly #recordBytes: number;
  readonly #indexOffset: number;
  readonly #index = new Float64Array(2);
  #words = new Int32Array(1024);
  #floats = new Float32Array(this.#words.buffer);
  #open = true;

  constructor(file: { descriptor: number; path: string }, layout: EncodedLayout, bodyEnd: number) {
    this.samples = layout.samples;
    this.denseFeatures = layout.denseFeatures;
    this.features = layout.features;
    this.sections = layout.sections;
    this.#file = file;
    this.#layout = layout;
    this.#recordBytes = isFixed(layout) ? fixedRecordBytes(layout) : 0;
    const times = layout.timed ? 8 * layout.samples : 0;
    this.#indexOffset = bodyEnd - times - (this.#recordBytes === 0 ? 8 * (layout.samples + 1) : 0);
    const records = this.#indexOffset - HEADER_BYTES;
    if (this.#recordBytes === 0 ? records < 0 : records !== this.#recordBytes * layout.samples) {
      throw this.#damage(HEADER_BYTES, `records of ${layout.samples} samples`, `${records} bytes`);
    }
  }

  get recordsEnd(): number {
    return this.#indexOffset;
  }

  fill(numbers: Float64Array, begin: number, end: number, into: BatchBuffer): void {
    if (!this.#open)
      throw new DqrmError("STATE", { op: "fill", expected: "an open dataset", actual: "closed" });
    checkFill(this, numbers, [begin, end], into);
    for (const bag of into.bags) bag.offsets[0] = 0;
    for (let i = begin; i < end;) {
      let next = i + 1;
      while (next < end && numbers[next] === numbers[next - 1] + 1) next++;
      this.#fillRun(numbers[i], next - i, i - begin, into);
      i = next;
    }
    into.size = end - begin;
  }

  /** Reads the times of all samples. */
  readTimes(): Float64Array {
    const times = new Float64Array(this.samples);
    const index = this.#recordBytes === 0 ? 8 * (this.samples + 1) : 0;
    readAt(this.#file, new Uint8Array(times.buffer), times.byteLength, this.#indexOffset + index);
    return times;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file.descriptor);
  }

  /** Reads `count` consecutive samples into the places of a batch from `slot` on. */
  #fillRun(first: number, count: number, slot: number, into: BatchBuffer): void {
    const [from, to] = this.#rangeOf(first, count);
    const bytes = to - from;
    if (bytes / 4 > this.#words.length) {
      this.#words = new Int32Array(Math.max(bytes / 4, 2 * this.#words.length));
      this.#floats = new Float32Array(this.#words.buffer);
    }
    readAt(this.#file, new Uint8Array(this.#words.buffer, 0, bytes), bytes, from);
    let at = 0;
    for (let k = 0; k < count; k++) at = this.#unpack(at, bytes / 4, slot + k, into);
    if (at !== bytes / 4) throw this.#damage(from, `${count} records`, "other lengths than the index says");
  }

  #rangeOf(first: number, count: number): readonly [from: number, to: number] {
    if (this.#recordBytes > 0) {
      const from = HEADER_BYTES + first * this.#recordBytes;
      return [from, from + count * this.#recordBytes];
    }
    const words = new Uint8Array(this.#index.buffer);
    readAt(this.#file, words, 8, this.#indexOffset + 8 * first);
    readAt(this.#file, words.subarray(8), 8, this.#indexOffset + 8 * (first + count));
    const [from, to] = this.#index;
    const fits =
      from >= 0 && to >= from && HEADER_BYTES + to <= this.#indexOffset && to - from <= MAX_READ_BYTES;
    if (!fits || from % 4 !== 0 || to % 4 !== 0) {
      throw this.#damage(this.#indexOffset + 8 * first, "offsets of records", `${from} to ${to}`);
    }
    return [HEADER_BYTES + from, HEADER_BYTES + to];
  }

  #unpack(start: number, end: number, slot: number, into: BatchBuffer): number {
    const { denseFeatures, features } = this.#layout;
    let at = start;
    if (at + 1 + denseFeatures > end) throw this.#damage(0, "a whole record", "part of one");
    into.labels[slot] = this.#floats[at++];
    for (let d = 0; d < denseFeatures; d++) into.dense[slot * denseFeatures + d] = this.#floats[at++];
    for (let f = 0; f < features.length; f++) {
      const bag = into.bags[f];
      const count = features[f].bagged ? this.#words[at++] : 1;
      if (!(count >= 0 && at + count <= end))
        throw this.#damage(0, "a bag inside its record", `${count} indices`);
      const offset = bag.offsets[slot];
      reserveIndices(bag, offset + count);
      for (let i = 0; i < count; i++) {
        const index = this.#words[at++];
        if (index < 0 || index >= features[f].rows) {
          throw this.#damage(0, `an index of ${features[f].name} below ${features[f].rows}`, String(index));
        }
        bag.indices[offset + i] = index;
      }
      bag.offsets[slot + 1] = offset + count;
    }
    return at;
  }

  #damage(offset: number, expected: string, actual: string): DqrmError<"FORMAT"> {
    return new DqrmError("FORMAT", { source: this.#file.path, offset, expected, actual });
  }
}

function verifyRecords(file: { descriptor: number; path: string }, layout: EncodedLayout, end: number): void {
  const buffer = new Uint8Array(COPY_BYTES);
  let crc = 0;
  for (let at = HEADER_BYTES; at < end;) {
    const bytes = Math.min(COPY_BYTES, end - at);
    readAt(file, buffer, bytes, at);
    crc = crc32(buffer.subarray(0, bytes), crc);
    at += bytes;
  }
  if (crc === layout.recordsCrc) return;
  const details = { source: file.path, offset: HEADER_BYTES, expected: "records with their checksum" };
  throw new DqrmError("FORMAT", { ...details, actual: "damaged ones" });
}

function readLayout(
  file: { descriptor: number; path: string },
  options: OpenEncodedOptions,
): { layout: EncodedLayout; offset: number } {
  const bytes = fstatSync(file.descriptor).size;
  const header = Buffer.alloc(Math.min(HEADER_BYTES, bytes));
  readAt(file, header, header.length, 0);
  const place = decodeHeader(file.path, header, bytes);
  const description = Buffer.alloc(place.bytes);
  readAt(file, description, place.bytes, place.offset);
  const layout = decodeDescription(file.path, place, description);
  if (options.fingerprint !== undefined && layout.fingerprint !== options.fingerprint) {
    const details = { source: file.path, path: "fingerprint", expected: options.fingerprint };
    throw new DqrmError("CONFIG", { ...details, actual: layout.fingerprint });
  }
  return { layout, offset: place.offset };
}

/**
 * Opens a file of encoded samples; they are read by position when a batch asks for them.
 *
 * @throws IO when it cannot be read; FORMAT when it is of another kind, truncated or damaged; CONFIG when its
 *   fingerprint is another one; UNSUPPORTED on a big-endian machine
 * @cost one read for each run of consecutive samples of a batch, three for each when bags vary in length
 *
 * ```ts doctest
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fitPreprocessing, RECOMMENDED_FIT } from "@dqrm/data";
 * import { csvSource, encodeToFile, inferFileSchema, openEncodedFile } from "@dqrm/data/node";
 * const folder = mkdtempSync(join(tmpdir(), "clicks-"));
 * const path = join(folder, "log.csv");
 * writeFileSync(path, "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n");
 * const source = csvSource([path], await inferFileSchema(path, {}));
 * const encoded = { path: join(folder, "log.encoded"), fingerprint: "log of today" };
 * (await encodeToFile(source, await fitPreprocessing(source, RECOMMENDED_FIT), encoded)).close();
 * openEncodedFile(encoded.path, { fingerprint: "log of today" }).samples; // => 3
 * ```
 */
export function openEncodedFile(path: string, options: OpenEncodedOptions = {}): EncodedDataset {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    throw new DqrmError("UNSUPPORTED", { op: "openEncodedFile", spec: "a big-endian machine", tried: [] });
  }
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw ioError("open", path, "a file of encoded samples", cause);
  }
  const file = { descriptor, path };
  try {
    const { layout, offset } = readLayout(file, options);
    const dataset = new EncodedFile(file, layout, offset);
    if (options.verify === true) verifyRecords(file, layout, dataset.recordsEnd);
    return layout.timed ? withTimes(dataset) : dataset;
  } catch (cause) {
    closeSync(descriptor);
    throw cause;
  }
}

function withTimes(dataset: EncodedFile): EncodedDataset {
  let times: Float64Array | undefined;
  return {
    samples: dataset.samples,
    denseFeatures: dataset.denseFeatures,
    features: dataset.features,
    sections: dataset.sections,
    get timestamps() {
      return (times ??= dataset.readTimes());
    },
    fill: (numbers, begin, end, into) => {
      dataset.fill(numbers, begin, end, into);
    },
    close: () => {
      dataset.close();
    },
  };
}
