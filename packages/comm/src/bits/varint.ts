/** Counts the bytes of a varint of a number below 2^32: 7 bits of the number in each, low bits first, the top bit set on all but the last. */
export function varintBytes(value: number): number {
  if (value < 2 ** 7) return 1;
  if (value < 2 ** 14) return 2;
  if (value < 2 ** 21) return 3;
  return value < 2 ** 28 ? 4 : 5;
}

/** A varint of a number below 2^32 has no more bytes than this. */
export const MAX_VARINT_BYTES = 5;

/** Writes a number below 2^32 and returns the position after it. */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  let position = at;
  let left = value;
  while (left >= 128) {
    out[position++] = (left % 128) | 128;
    left = Math.floor(left / 128);
  }
  out[position++] = left;
  return position;
}

/** Reads varints one after the other. */
export interface VarintReader {
  position: number;
  /** Reads a number below 2^32, or answers −1: behind the end, too long, or longer than it must be. */
  read(): number;
}

/** Creates a reader of varints in bytes [begin, end). */
export function createVarintReader(bytes: Uint8Array, begin: number, end: number): VarintReader {
  return {
    position: begin,
    read() {
      let value = 0;
      let factor = 1;
      for (let i = 0; i < MAX_VARINT_BYTES; i++) {
        if (this.position >= end) return -1;
        const byte = bytes[this.position++];
        value += (byte & 127) * factor;
        if (byte < 128) return (byte === 0 && i > 0) || value >= 2 ** 32 ? -1 : value;
        factor *= 128;
      }
      return -1;
    },
  };
}
