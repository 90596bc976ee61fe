import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { encode, type DataSource, type EncodedDataset, type Preprocessing } from "@dqrm/data";
import { encodeToFile } from "@dqrm/data/node";
import { writeFailure } from "./write-failure.ts";

/** Turns a source into encoded samples, in memory or on disk. */
export type Encoding = (source: DataSource, preprocessing: Preprocessing) => Promise<EncodedDataset>;

/** Says what is known before encoding. */
export interface EncodingOptions {
  /** Names the data, to tell a stale file. */
  readonly data: string;
  readonly textBytes: number;
  /** Where samples go that do not fit in memory. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/** More text than this is encoded to disk: in memory it would take about as many bytes. */
const MEMORY_TEXT_BYTES = 512e6;

/** Encoded samples of that much text stay below this, unless the compression of a file was far from usual. */
const MAX_MEMORY_BYTES = 4e9;

/** Chooses memory for small logs and a file that is read by position for large ones. */
export async function chooseEncoding(options: EncodingOptions): Promise<Encoding> {
  const { data, note, path, signal, textBytes } = options;
  if (textBytes <= MEMORY_TEXT_BYTES) {
    const memory = { maxMemoryBytes: MAX_MEMORY_BYTES, signal };
    return (source, preprocessing) => encode(source, preprocessing, memory);
  }
  note(`encoding to ${path}`);
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw writeFailure(dirname(path), "a directory for the encoded samples", cause);
  });
  return (source, preprocessing) => encodeToFile(source, preprocessing, { path, fingerprint: data, signal });
}
