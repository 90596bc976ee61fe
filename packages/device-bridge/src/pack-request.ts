import { copyOf, isBridgeArray } from "./bridge-array.ts";

/**
 * Copies a request so that posting it moves its arrays: plain objects, lists, arrays of numbers and plain values.
 *
 * @shape transfer: the buffers of the copies are added
 */
export function packRequest(value: unknown, transfer: ArrayBuffer[]): unknown {
  if (isBridgeArray(value)) {
    const copy = copyOf(value);
    if (copy.buffer instanceof ArrayBuffer) transfer.push(copy.buffer);
    return copy;
  }
  if (Array.isArray(value)) return value.map((item) => packRequest(item, transfer));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, packRequest(item, transfer)]));
}
