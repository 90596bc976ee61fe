/** Reads what a BitWriter wrote, never beyond its end. */
export interface BitReader {
  /** Reads a number of at most 25 bits, or −1 behind the end. */
  read(bits: number): number;
  /** Counts the zeros before the next one and reads both, or answers −1 behind the end. */
  readUnary(): number;
  /** Tells whether the whole input was read, and the bits that fill the last byte are zero. */
  atEnd(): boolean;
}

/** Creates a reader of bytes [begin, end). */
export function createBitReader(bytes: Uint8Array, begin: number, end: number): BitReader {
  let position = begin;
  let pending = 0;
  let held = 0;
  // Mostly at most 30 bits are held: more are no small integers, for which the engine allocates.
  const fill = (bits: number): boolean => {
    while ((held <= 22 || held < bits) && position < end) {
      pending |= bytes[position++] << held;
      held += 8;
    }
    return held >= bits;
  };
  const drop = (bits: number): void => {
    pending >>>= bits;
    held -= bits;
  };
  return {
    read(bits) {
      if (bits === 0) return 0;
      if (held < bits && !fill(bits)) return -1;
      const value = pending & ((1 << bits) - 1);
      drop(bits);
      return value;
    },
    readUnary() {
      let zeros = 0;
      for (;;) {
        if (held === 0 && !fill(1)) return -1;
        if (pending === 0) {
          zeros += held;
          held = 0;
          continue;
        }
        const run = Math.clz32(pending & -pending) ^ 31;
        drop(run + 1);
        return zeros + run;
      }
    },
    atEnd: () => position === end && held < 8 && pending === 0,
  };
}
