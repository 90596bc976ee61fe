import { ALIGNMENT_BYTES, DqrmError } from "@dqrm/core";
import { DTYPE_BYTES, tensorBytes, type TensorEntry } from "./dtype.ts";

/** The format's own reader refuses longer headers, so a file with one could be read nowhere else. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Bytes of the header's length, a little-endian u64 at the start of the file. */
export const LENGTH_BYTES = 8;

/** The format's own key for a map of strings; no tensor can have this name. */
export const METADATA_KEY = "__metadata__";

/** Starts the names of the byte tensors that stand before a tensor to align it; a reader leaves them out. */
export const PADDING_PREFIX = "__padding__.";

/** Holds a tensor's entry and the bytes that it occupies, counted from the end of the header. */
export interface PlacedTensor extends TensorEntry {
  readonly begin: number;
  readonly end: number;
}

/**
 * Says where everything in a file lies, and holds the header's bytes.
 *
 * @shape header: length, JSON and spaces up to a multiple of 64; fileBytes = header.length + dataBytes,
 *        paddingBytes of the data are padding
 */
export interface SafetensorsLayout {
  readonly header: Uint8Array<ArrayBuffer>;
  /** Every tensor in file order, padding included. */
  readonly tensors: readonly PlacedTensor[];
  readonly paddingBytes: number;
  readonly dataBytes: number;
  readonly fileBytes: number;
}

/**
 * Lays tensors out: those of a cache line or more first, each on a multiple of 64 bytes, then the small ones.
 *
 * Tensors keep their order within each group. The format allows no holes, so padding is a tensor of its own.
 *
 * @throws VALUE when a name is repeated or reserved, or a shape is impossible; LIMIT when the header is too long
 * @cost O(tensors log tensors); needs no data, so a file's size is known before its tensors exist
 *
 * ```ts doctest
 * import { layoutSafetensors } from "@dqrm/dlrm";
 * const layout = layoutSafetensors([{ name: "codes", dtype: "U8", shape: [1000, 8] }], {});
 * layout.fileBytes - layout.header.length; // => 8000
 * ```
 */
export function layoutSafetensors(
  entries: readonly TensorEntry[],
  metadata: Readonly<Record<string, string>>,
): SafetensorsLayout {
  const names = new Set<string>();
  const sized = entries.map((entry) => {
    checkName(entry.name, names);
    return { entry, bytes: checkedBytes(entry) };
  });
  const large = sized.filter(({ bytes }) => bytes >= ALIGNMENT_BYTES);
  const small = sized
    .filter(({ bytes }) => bytes < ALIGNMENT_BYTES)
    .sort((a, b) => DTYPE_BYTES[b.entry.dtype] - DTYPE_BYTES[a.entry.dtype]);

  const tensors: PlacedTensor[] = [];
  let position = 0;
  let paddingBytes = 0;
  for (const { bytes, entry } of [...large, ...small]) {
    const unit = bytes >= ALIGNMENT_BYTES ? ALIGNMENT_BYTES : DTYPE_BYTES[entry.dtype];
    const gap = (unit - (position % unit)) % unit;
    if (gap > 0) {
      const name = `${PADDING_PREFIX}${tensors.length}`;
      tensors.push({ name, dtype: "U8", shape: [gap], begin: position, end: position + gap });
      position += gap;
      paddingBytes += gap;
    }
    const { dtype, name, shape } = entry;
    tensors.push({ name, dtype, shape, begin: position, end: position + bytes });
    position += bytes;
  }
  const header = encodeHeader(tensors, metadata);
  return { header, tensors, paddingBytes, dataBytes: position, fileBytes: header.length + position };
}

function encodeHeader(
  tensors: readonly PlacedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  // Built key by key: an object literal would move names that look like integers to the front.
  const fields = tensors.map(
    ({ begin, dtype, end, name, shape }) =>
      `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`,
  );
  if (Object.keys(metadata).length > 0)
    fields.unshift(`${JSON.stringify(METADATA_KEY)}:${JSON.stringify(metadata)}`);
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const length = Math.ceil((LENGTH_BYTES + json.length) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const jsonBytes = length - LENGTH_BYTES;
  if (jsonBytes > MAX_HEADER_BYTES) {
    const what = "safetensors header bytes";
    throw new DqrmError("LIMIT", {
      what,
      limit: "MAX_HEADER_BYTES",
      maximum: MAX_HEADER_BYTES,
      actual: jsonBytes,
    });
  }
  const header = new Uint8Array(length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(jsonBytes), true);
  header.set(json, LENGTH_BYTES);
  return header;
}

function checkName(name: string, names: Set<string>): void {
  const reserved =
    name === METADATA_KEY ||
    name.startsWith(PADDING_PREFIX) ||
    name in Object.prototype ||
    name === "prototype";
  if (reserved || names.has(name)) {
    throw new DqrmError("VALUE", {
      op: "safetensors",
      what: "tensor name",
      expected: "a name that is not reserved and not used twice",
      actual: JSON.stringify(name),
    });
  }
  names.add(name);
}

function checkedBytes({ dtype, name, shape }: TensorEntry): number {
  const bytes = shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)
    ? tensorBytes(dtype, shape)
    : undefined;
  if (bytes === undefined) {
    throw new DqrmError("VALUE", {
      op: "safetensors",
      what: `shape of ${name}`,
      expected: "integers >= 0 whose product is a safe integer",
      actual: JSON.stringify(shape),
    });
  }
  return bytes;
}
