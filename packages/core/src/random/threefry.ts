/** Names one stream of random numbers; the same key and counter give the same number on every machine and thread. */
export interface RandomKey {
  /** The experiment's seed. */
  readonly seed: number;
  /** Tells apart the uses of one seed: a parameter, a table, an epoch. */
  readonly stream: number;
}

const PARITY = 0x1bd11bda;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const ROUNDS = 20;

/**
 * Encrypts a 64-bit counter to 64 random bits, written to `out`.
 *
 * @shape out u32[2]
 * @source J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11: Threefry-2x32, 20 rounds
 *
 * ```ts doctest
 * import { threefry2x32 } from "@dqrm/core";
 * const out = new Uint32Array(2);
 * threefry2x32(0, 0, 0, 0, out);
 * [...out]; // => [1797259609, 2579123966]
 * ```
 */
export function threefry2x32(key0: number, key1: number, low: number, high: number, out: Uint32Array): void {
  const keys = [key0 | 0, key1 | 0, PARITY ^ key0 ^ key1];
  let x = (low + keys[0]) | 0;
  let y = (high + keys[1]) | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const rotation = ROTATIONS[round % 8];
    x = (x + y) | 0;
    y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x = (x + keys[injection % 3]) | 0;
      y = (y + keys[(injection + 1) % 3] + injection) | 0;
    }
  }
  out[0] = x;
  out[1] = y;
}
