import type { BridgeReply } from "./bridge.ts";
import { bytesOf, type BridgeArray } from "./bridge-array.ts";

/** The states of a reply, in its first word, on which the caller waits. */
export const REPLY = { pending: 0, done: 1, failed: 2 } as const;

/** Words of 32 bits at the front: the state, how many numbers follow, and how many bytes of a failure. */
const HEADER_WORDS = 4;
const HEADER_BYTES: number = 4 * HEADER_WORDS;

/** A failure is cut to this many bytes of text: every reply has room for one. */
const MAX_FAILURE_BYTES = 1 << 14;

/** Numbers that a reply has room for; a method that has more to say answers an array. */
const MAX_NUMBERS = 64;

const FIRST_ARRAY: number = HEADER_BYTES + 8 * MAX_NUMBERS;

/** Counts the bytes that a reply needs to fill arrays. */
export function replyBytes(into: readonly BridgeArray[]): number {
  const arrays = into.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return Math.max(FIRST_ARRAY + arrays, HEADER_BYTES + MAX_FAILURE_BYTES);
}

/** Gives the words on which caller and worker meet. */
export function headerOf(buffer: SharedArrayBuffer): Int32Array<SharedArrayBuffer> {
  return new Int32Array(buffer, 0, HEADER_WORDS);
}

/** Writes an answer, without telling the caller yet; a RangeError when the arrays are not as long as the caller expects. */
export function writeReply(
  buffer: SharedArrayBuffer,
  { arrays = [], numbers = [] }: BridgeReply,
  lengths: readonly number[],
): void {
  if (arrays.length !== lengths.length || arrays.some(({ byteLength }, k) => byteLength !== lengths[k])) {
    const actual = arrays.map(({ byteLength }) => byteLength).join(", ");
    throw new RangeError(`a method answered arrays of [${actual}] bytes, expected [${lengths.join(", ")}]`);
  }
  if (numbers.length > MAX_NUMBERS) {
    throw new RangeError(`a method answered ${numbers.length} numbers, expected at most ${MAX_NUMBERS}`);
  }
  headerOf(buffer)[1] = numbers.length;
  new Float64Array(buffer, HEADER_BYTES, MAX_NUMBERS).set(numbers);
  let at = FIRST_ARRAY;
  for (const array of arrays) {
    new Uint8Array(buffer, at, array.byteLength).set(bytesOf(array));
    at += array.byteLength;
  }
}

/** Copies the arrays of an answer to where the caller wants them, and returns its numbers. */
export function readReply(buffer: SharedArrayBuffer, into: readonly BridgeArray[]): readonly number[] {
  let at = FIRST_ARRAY;
  for (const array of into) {
    bytesOf(array).set(new Uint8Array(buffer, at, array.byteLength));
    at += array.byteLength;
  }
  return [...new Float64Array(buffer, HEADER_BYTES, headerOf(buffer)[1])];
}

/** Writes the text of a failure, without telling the caller yet. */
export function writeFailureText(buffer: SharedArrayBuffer, text: string): void {
  const bytes = new TextEncoder().encode(text).subarray(0, MAX_FAILURE_BYTES);
  headerOf(buffer)[2] = bytes.length;
  new Uint8Array(buffer, HEADER_BYTES, bytes.length).set(bytes);
}

/** Reads the text of a failure. */
export function readFailureText(buffer: SharedArrayBuffer): string {
  // A decoder takes no shared memory.
  return new TextDecoder().decode(new Uint8Array(buffer, HEADER_BYTES, headerOf(buffer)[2]).slice());
}
