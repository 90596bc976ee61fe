/** A state stays in [LOWEST, 2^32), and two bytes move it back into the range. */
export const LOWEST: number = 2 ** 16;

/** Bytes of a state; all states stand before the coded bytes. */
export const STATE_BYTES = 4;

/** Bits that go out of a state at once. */
export const WORD_BITS = 16;

/** So many states take turns where there are at least so many bytes, and then do not wait for each other. */
const FEW = 4;
const FEW_FROM = 512;
const MANY = 32;
const MANY_FROM = 16_384;

/** Says how many states code so many bytes: byte i belongs to state i modulo their number, a power of two. */
export function statesOf(count: number): number {
  return count < FEW_FROM ? 1 : count < MANY_FROM ? FEW : MANY;
}

/** Gives memory for the states of any number of bytes. */
export function createStates(): Uint32Array {
  return new Uint32Array(MANY);
}
