/** Names one stream of random numbers; the same key and counter give the same number on every machine and thread. */
export interface RandomKey {
  /** The experiment's seed. */
  readonly seed: number;
  /** Tells apart the uses of one seed: a parameter, a table, an epoch. */
  readonly stream: number;
}

const PARITY = 0x1bd11bda;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** Five groups of four rounds make the 20 rounds that pass the statistical tests of the source. */
const GROUPS = 5;

/**
 * Encrypts a 64-bit counter to 64 random bits, written to `out`.
 *
 * @shape out u32[2]
 * @source J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11: Threefry-2x32, 20 rounds
 *
 * ```ts doctest
 * import { threefry2x32 } from "@dqrm/core";
 * const out = new Uint32Array(2);
 * threefry2x32({ seed: 0, stream: 0 }, 0, 0, out);
 * [...out]; // => [1797259609, 2579123966]
 * ```
 */
export function threefry2x32({ seed, stream }: RandomKey, low: number, high: number, out: Uint32Array): void {
  let k0 = seed | 0;
  let k1 = stream | 0;
  let k2 = PARITY ^ k0 ^ k1;
  let x = (low + k0) | 0;
  let y = (high + k1) | 0;
  for (let group = 0; group < GROUPS; group++) {
    for (let round = 0; round < 4; round++) {
      const rotation = ROTATIONS[(group % 2) * 4 + round];
      x = (x + y) | 0;
      y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    }
    const turn = k0;
    k0 = k1;
    k1 = k2;
    k2 = turn;
    x = (x + k0) | 0;
    y = (y + k1 + group + 1) | 0;
  }
  out[0] = x;
  out[1] = y;
}
