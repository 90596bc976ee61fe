/** Writes numbers of a few bits one after the other, low bits first. */
export interface BitWriter {
  /** Appends the low `bits` bits of a number, at most 25. */
  write(value: number, bits: number): void;
  /** Appends `count` zeros and a one. */
  writeUnary(count: number): void;
  /** Fills the last byte with zeros and returns the position after it. */
  end(): number;
}

/** Creates a writer into `out` from `at` on; the caller has counted the bits and made room. */
export function createBitWriter(out: Uint8Array, at: number): BitWriter {
  let position = at;
  let pending = 0;
  let held = 0;
  const write = (value: number, bits: number): void => {
    // Fewer than 8 bits are held between calls, so that 32 bits are enough for the sum.
    pending |= value << held;
    held += bits;
    while (held >= 8) {
      out[position++] = pending & 0xff;
      pending >>>= 8;
      held -= 8;
    }
  };
  return {
    write,
    writeUnary(count) {
      let left = count;
      for (; left >= 16; left -= 16) write(0, 16);
      write(1 << left, left + 1);
    },
    end() {
      if (held > 0) out[position++] = pending & 0xff;
      return position;
    },
  };
}
