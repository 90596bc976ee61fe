import { DqrmError } from "@dqrm/core";
import { checkLittleEndian } from "./byte-order.ts";
import { DTYPE_BYTES, type Tensor } from "./dtype.ts";
import { decodeSafetensorsHeader } from "./header.ts";
import { PADDING_PREFIX, type PlacedTensor } from "./layout.ts";

/** Holds the tensors of a file by name, as views of its bytes, and its metadata. */
export interface Safetensors {
  readonly metadata: ReadonlyMap<string, string>;
  /** In file order, padding left out. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/**
 * Reads a whole file in place: the tensors are views of `bytes`, nothing is copied.
 *
 * @throws FORMAT when the file is malformed or a tensor is not aligned to its elements; LIMIT when the header is too long
 * @cost O(header)
 * @source https://github.com/huggingface/safetensors#format
 *
 * ```ts doctest
 * import { decodeSafetensors, encodeSafetensors, joinBytes } from "@dqrm/dlrm";
 * const { parts } = encodeSafetensors([{ name: "w", dtype: "U8", shape: [2], data: Uint8Array.of(3, 4) }], {});
 * decodeSafetensors("example", joinBytes(parts)).tensors.get("w")?.data; // => [3, 4]
 * ```
 */
export function decodeSafetensors(source: string, bytes: Uint8Array): Safetensors {
  checkLittleEndian("decodeSafetensors");
  const { headerBytes, metadata, tensors } = decodeSafetensorsHeader(source, bytes, bytes.length);
  const views = new Map<string, Tensor>();
  for (const placed of tensors) {
    if (placed.name.startsWith(PADDING_PREFIX)) continue;
    views.set(placed.name, viewTensor(source, bytes, headerBytes, placed));
  }
  return { metadata, tensors: views };
}

function viewTensor(source: string, bytes: Uint8Array, headerBytes: number, placed: PlacedTensor): Tensor {
  const { begin, dtype, end, name, shape } = placed;
  const size = DTYPE_BYTES[dtype];
  const offset = bytes.byteOffset + headerBytes + begin;
  const length = (end - begin) / size;
  if (offset % size !== 0) {
    throw new DqrmError("FORMAT", {
      source,
      offset: headerBytes + begin,
      expected: `tensor ${JSON.stringify(name)} on a multiple of ${size} bytes of its buffer`,
      actual: `byte ${offset}`,
    });
  }
  switch (dtype) {
    case "U8":
      return { name, dtype, shape, data: new Uint8Array(bytes.buffer, offset, length) };
    case "I8":
      return { name, dtype, shape, data: new Int8Array(bytes.buffer, offset, length) };
    case "U16":
      return { name, dtype, shape, data: new Uint16Array(bytes.buffer, offset, length) };
    case "I16":
      return { name, dtype, shape, data: new Int16Array(bytes.buffer, offset, length) };
    case "U32":
      return { name, dtype, shape, data: new Uint32Array(bytes.buffer, offset, length) };
    case "I32":
      return { name, dtype, shape, data: new Int32Array(bytes.buffer, offset, length) };
    case "F32":
      return { name, dtype, shape, data: new Float32Array(bytes.buffer, offset, length) };
    case "F64":
      return { name, dtype, shape, data: new Float64Array(bytes.buffer, offset, length) };
  }
}
