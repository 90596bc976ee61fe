/** A state stays in [LOWEST, 2^32), and two bytes move it back into the range. */
export const LOWEST: number = 2 ** 16;

/** Bytes of a state; all states stand before the coded bytes. */
export const STATE_BYTES = 4;

/** Bits that go out of a state at once. */
export const WORD_BITS = 16;

/** So many states take turns where the bytes are many: none of them waits for the one before it. */
const MANY = 16;

/** From so many bytes on, what the states take themselves is hardly felt. */
const MANY_FROM = 16_384;

/** Says how many states code so many bytes: byte i belongs to state i modulo their number, a power of two. */
export function statesOf(count: number): number {
  return count < MANY_FROM ? 1 : MANY;
}

/** Gives memory for the states of any number of bytes. */
export function createStates(): Uint32Array {
  return new Uint32Array(MANY);
}
