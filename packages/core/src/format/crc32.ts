const POLYNOMIAL = 0xedb88320;

const REMAINDERS: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});

/**
 * Computes the CRC-32 of bytes; pass the previous result to continue over several pieces.
 *
 * @source ISO-HDLC, reflected polynomial 0xEDB88320: the checksum of gzip, zip and PNG. It finds every change
 *         that fits into 32 neighbouring bits.
 *
 * ```ts doctest
 * import { crc32 } from "@dqrm/core";
 * crc32(Uint8Array.from([49, 50, 51, 52, 53, 54, 55, 56, 57])); // => 0xcbf43926
 * crc32(Uint8Array.from([51]), crc32(Uint8Array.from([49, 50]))) === crc32(Uint8Array.from([49, 50, 51])); // => true
 * ```
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ REMAINDERS[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}
