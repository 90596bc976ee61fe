/** The state stays in [LOWEST, 256 · LOWEST): it fits 31 bits, and a byte moves it back into the range. */
export const LOWEST: number = 2 ** 23;

/** Bytes of the state that stands before the coded bytes. */
export const STATE_BYTES = 4;
