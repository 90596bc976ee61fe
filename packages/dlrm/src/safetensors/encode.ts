import { DqrmError } from "@dqrm/core";
import { checkLittleEndian } from "./byte-order.ts";
import type { Tensor } from "./dtype.ts";
import { layoutSafetensors, PADDING_PREFIX, type SafetensorsLayout } from "./layout.ts";

/** Holds a file as the pieces to be written one after the other; the pieces are views of the tensors. */
export interface SafetensorsFile {
  readonly layout: SafetensorsLayout;
  /** Header first, then one piece for each tensor that is not empty. */
  readonly parts: readonly Uint8Array[];
}

/**
 * Encodes tensors as a safetensors file without copying them.
 *
 * @throws VALUE or LIMIT as layoutSafetensors; SHAPE when a tensor's data does not fill its shape
 * @cost allocates the header and less than 64 bytes for each tensor
 * @source https://github.com/huggingface/safetensors#format
 *
 * ```ts doctest
 * import { decodeSafetensors, encodeSafetensors, joinBytes } from "@dqrm/dlrm";
 * const data = Float32Array.of(1.5, -2);
 * const { parts } = encodeSafetensors([{ name: "w", dtype: "F32", shape: [2], data }], { made: "here" });
 * const file = decodeSafetensors("example", joinBytes(parts));
 * file.metadata.get("made"); // => "here"
 * file.tensors.get("w")?.shape; // => [2]
 * ```
 */
export function encodeSafetensors(
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>>,
): SafetensorsFile {
  checkLittleEndian("encodeSafetensors");
  const layout = layoutSafetensors(tensors, metadata);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const parts: Uint8Array[] = [layout.header];
  for (const { begin, end, name } of layout.tensors) {
    const tensor = byName.get(name);
    if (tensor === undefined && name.startsWith(PADDING_PREFIX)) parts.push(new Uint8Array(end - begin));
    if (tensor === undefined) continue;
    const { data } = tensor;
    if (data.byteLength !== end - begin) {
      const expected = (end - begin) / data.BYTES_PER_ELEMENT;
      throw new DqrmError("SHAPE", {
        op: "encodeSafetensors",
        what: name,
        expected,
        actual: data.length,
      });
    }
    if (end > begin) parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return { layout, parts };
}

/**
 * Joins pieces of bytes into one array.
 *
 * @cost allocates the sum of the pieces
 *
 * ```ts doctest
 * import { joinBytes } from "@dqrm/dlrm";
 * Array.from(joinBytes([Uint8Array.of(1), Uint8Array.of(2, 3)])); // => [1, 2, 3]
 * ```
 */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}
