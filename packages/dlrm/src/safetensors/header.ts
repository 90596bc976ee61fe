import { DqrmError, isDqrmError, parseJson } from "@dqrm/core";
import { isTensorDtype, tensorBytes } from "./dtype.ts";
import { LENGTH_BYTES, MAX_HEADER_BYTES, METADATA_KEY, type PlacedTensor } from "./layout.ts";
import { findRepeatedKey } from "./repeated-key.ts";

/** No tensor of a model here has more dimensions; a longer shape is malformed. */
export const MAX_DIMENSIONS = 16;

/** Holds what the header of a file says, checked against the file's length. */
export interface SafetensorsHeader {
  /** Where the data begin: the header's length, its own length field included. */
  readonly headerBytes: number;
  readonly metadata: ReadonlyMap<string, string>;
  /** Every tensor in file order, padding included. */
  readonly tensors: readonly PlacedTensor[];
}

/**
 * Reads how long the header of a file is, its length field included.
 *
 * @throws FORMAT when the file is too short for it; LIMIT when it exceeds MAX_HEADER_BYTES
 */
export function safetensorsHeaderBytes(source: string, start: Uint8Array, fileBytes: number): number {
  if (start.length < LENGTH_BYTES) {
    throw malformed(source, start.length, `${LENGTH_BYTES} bytes with the header's length`, "the end");
  }
  const length = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new DqrmError("LIMIT", {
      what: `${source} header bytes`,
      limit: "MAX_HEADER_BYTES",
      maximum: MAX_HEADER_BYTES,
      actual: Number(length),
    });
  }
  const headerBytes = LENGTH_BYTES + Number(length);
  if (headerBytes > fileBytes) {
    throw malformed(source, 0, `a header within the file's ${fileBytes} bytes`, `${headerBytes} bytes of it`);
  }
  return headerBytes;
}

/**
 * Decodes and checks the header of a file: the tensors must cover the rest of it exactly, without holes or overlap.
 *
 * @shape start: at least the header's bytes; fileBytes: the length of the whole file
 * @throws FORMAT naming the byte and the tensor; LIMIT when the header exceeds MAX_HEADER_BYTES
 * @cost O(header), allocates nothing sized by what the header says
 *
 * ```ts doctest
 * import { decodeSafetensorsHeader, layoutSafetensors } from "@dqrm/dlrm";
 * const { fileBytes, header } = layoutSafetensors([{ name: "w", dtype: "F32", shape: [2] }], {});
 * const { tensors } = decodeSafetensorsHeader("example", header, fileBytes);
 * tensors[0]; // => { name: "w", dtype: "F32", shape: [2], begin: 0, end: 8 }
 * ```
 */
export function decodeSafetensorsHeader(
  source: string,
  start: Uint8Array,
  fileBytes: number,
): SafetensorsHeader {
  const headerBytes = safetensorsHeaderBytes(source, start, fileBytes);
  if (start.length < headerBytes)
    throw malformed(source, start.length, `${headerBytes} bytes of header`, "the end");
  const root = parseHeader(source, start.slice(LENGTH_BYTES, headerBytes));
  const metadata = new Map<string, string>();
  const tensors: PlacedTensor[] = [];
  for (const [name, value] of Object.entries(root)) {
    if (name === METADATA_KEY) readMetadata(source, value, metadata);
    else tensors.push(readTensor(source, name, value));
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(source, tensors, headerBytes, fileBytes);
  return { headerBytes, metadata, tensors };
}

function parseHeader(source: string, bytes: Uint8Array): object {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed(source, LENGTH_BYTES, "a header in UTF-8", "other bytes");
  }
  const root = parseHeaderJson(source, text);
  if (typeof root !== "object" || root === null || Array.isArray(root)) {
    throw malformed(source, LENGTH_BYTES, "a JSON object", "another JSON value");
  }
  const repeated = findRepeatedKey(text);
  if (repeated !== undefined) {
    const offset = LENGTH_BYTES + new TextEncoder().encode(text.slice(0, repeated.position)).length;
    throw malformed(source, offset, "each name once", `${JSON.stringify(repeated.key)} again`);
  }
  return root;
}

function parseHeaderJson(source: string, text: string): unknown {
  try {
    return parseJson(source, text);
  } catch (cause) {
    if (!isDqrmError(cause, "CONFIG")) throw cause;
    const { actual, expected, path } = cause.details;
    const found = path === "" ? actual : `${path}, ${actual}`;
    throw new DqrmError("FORMAT", { source, offset: LENGTH_BYTES, expected, actual: found }, { cause });
  }
}

function readMetadata(source: string, value: unknown, metadata: Map<string, string>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(source, LENGTH_BYTES, `an object of strings as ${METADATA_KEY}`, describe(value));
  }
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw malformed(source, LENGTH_BYTES, `a string as ${METADATA_KEY}.${key}`, describe(text));
    }
    metadata.set(key, text);
  }
}

function readTensor(source: string, name: string, value: unknown): PlacedTensor {
  const refuse = (expected: string, actual: unknown): DqrmError<"FORMAT"> =>
    malformed(source, LENGTH_BYTES, `${expected} for tensor ${JSON.stringify(name)}`, describe(actual));
  const fields = new Map<string, unknown>(
    typeof value === "object" && value !== null ? Object.entries(value) : [],
  );
  if (fields.size !== 3) throw refuse("dtype, shape and data_offsets alone", value);
  const dtype = fields.get("dtype");
  if (!isTensorDtype(dtype)) throw refuse("dtype U8, I8, U16, I16, U32, I32, F32 or F64", dtype);
  const shape = readCounts(fields.get("shape"));
  if (shape === undefined || shape.length > MAX_DIMENSIONS) {
    throw refuse(`a shape of at most ${MAX_DIMENSIONS} integers >= 0`, fields.get("shape"));
  }
  const bytes = tensorBytes(dtype, shape);
  if (bytes === undefined) throw refuse("a shape whose bytes are a safe integer", shape);
  const offsets = readCounts(fields.get("data_offsets"));
  if (offsets?.length !== 2 || offsets[0] > offsets[1]) {
    throw refuse("data_offsets [begin, end] in order", fields.get("data_offsets"));
  }
  const [begin, end] = offsets;
  if (end - begin !== bytes) throw refuse(`data_offsets ${bytes} bytes apart, as its shape`, offsets);
  return { name, dtype, shape, begin, end };
}

function readCounts(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const counts: number[] = [];
  for (const item of value) {
    if (typeof item !== "number" || !Number.isSafeInteger(item) || item < 0) return undefined;
    counts.push(item);
  }
  return counts;
}

function checkCover(
  source: string,
  tensors: readonly PlacedTensor[],
  headerBytes: number,
  fileBytes: number,
): void {
  let position = 0;
  for (const { begin, end, name } of tensors) {
    if (begin !== position) {
      const what = begin < position ? "overlaps the tensor before it" : "leaves a hole before it";
      throw malformed(
        source,
        headerBytes + position,
        `the next tensor to begin here`,
        `${JSON.stringify(name)} at ${headerBytes + begin}, which ${what}`,
      );
    }
    position = end;
  }
  if (headerBytes + position !== fileBytes) {
    throw malformed(
      source,
      Math.min(headerBytes + position, fileBytes),
      `a file of ${headerBytes + position} bytes, as the header says`,
      `${fileBytes} bytes`,
    );
  }
}

function describe(value: unknown): string {
  // JSON.stringify answers undefined for undefined, which the library's types leave out.
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? "nothing" : text.slice(0, 100);
}

function malformed(source: string, offset: number, expected: string, actual: string): DqrmError<"FORMAT"> {
  return new DqrmError("FORMAT", { source, offset, expected, actual });
}
