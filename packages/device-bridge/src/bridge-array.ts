/** Is an array of numbers that goes over a bridge. */
export type BridgeArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Gives the bytes of an array, in place. */
export function bytesOf({ buffer, byteLength, byteOffset }: BridgeArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Copies an array out of whatever buffer it lies in: to clone a view is to clone the whole buffer. */
export function copyOf(array: BridgeArray): BridgeArray {
  // A Buffer of Node.js answers `slice` with a view of the same memory.
  return array instanceof Uint8Array ? new Uint8Array(array) : array.slice();
}

/** Tells whether a value is an array of numbers that goes over a bridge. */
export function isBridgeArray(value: unknown): value is BridgeArray {
  return (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint32Array ||
    value instanceof Uint16Array ||
    value instanceof Uint8Array
  );
}
