const POLYNOMIAL = 0xedb88320;

/** Remainders of a byte that 0 to 7 zero bytes follow: 8 bytes are taken at once. */
const REMAINDERS: readonly Uint32Array[] = createRemainders();

function createRemainders(): readonly Uint32Array[] {
  const tables = [
    Uint32Array.from({ length: 256 }, (_, byte) => {
      let remainder = byte;
      for (let bit = 0; bit < 8; bit++) {
        remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
      }
      return remainder;
    }),
  ];
  for (let zeros = 1; zeros < 8; zeros++) {
    tables.push(tables[zeros - 1].map((before) => (before >>> 8) ^ tables[0][before & 0xff]));
  }
  return tables;
}

/**
 * Computes the CRC-32 of bytes; pass the previous result to continue over several pieces.
 *
 * @source ISO-HDLC, reflected polynomial 0xEDB88320: the checksum of gzip, zip and PNG. It finds every change
 *         that fits into 32 neighbouring bits. Slicing by eight: Kounavis and Berry 2008
 *
 * ```ts doctest
 * import { crc32 } from "@dqrm/core";
 * crc32(Uint8Array.from([49, 50, 51, 52, 53, 54, 55, 56, 57])); // => 0xcbf43926
 * crc32(Uint8Array.from([51]), crc32(Uint8Array.from([49, 50]))) === crc32(Uint8Array.from([49, 50, 51])); // => true
 * ```
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = REMAINDERS;
  const whole = bytes.length - (bytes.length % 8);
  let crc = ~previous;
  for (let i = 0; i < whole; i += 8) {
    const low = crc ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
    crc =
      t7[low & 0xff] ^
      t6[(low >>> 8) & 0xff] ^
      t5[(low >>> 16) & 0xff] ^
      t4[low >>> 24] ^
      t3[bytes[i + 4]] ^
      t2[bytes[i + 5]] ^
      t1[bytes[i + 6]] ^
      t0[bytes[i + 7]];
  }
  for (let i = whole; i < bytes.length; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}
