import { crc32 } from "node:zlib";

/** The native function counts in 32 bits, and a call with less lets the caller breathe. */
const PIECE_BYTES = 1 << 26;

/** Computes the CRC-32 of bytes of any length; pass the previous result to continue over several pieces. */
export function checksum(bytes: Uint8Array, previous = 0): number {
  let crc = previous;
  for (let begin = 0; begin < bytes.length; begin += PIECE_BYTES) {
    crc = crc32(bytes.subarray(begin, begin + PIECE_BYTES), crc);
  }
  return crc;
}
