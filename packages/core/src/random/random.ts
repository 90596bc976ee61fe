import { threefry2x32, type RandomKey } from "./threefry.ts";

/** Gives a seeded sequence of numbers; library code never calls Math.random. */
export interface Random {
  /** The next number, uniform in [0, 1) with 53 random bits. */
  next(): number;
  /** The next number of the standard normal distribution. */
  normal(): number;
  /** The next integer, uniform in [0, bound). */
  integer(bound: number): number;
  /** How many numbers were drawn; {@link createRandom} continues from it. */
  readonly position: number;
}

const words = new Uint32Array(2);

/**
 * Gives the uniform number at one position of a stream, without drawing those before it.
 *
 * @shape counter: an integer in [0, 2^53)
 * @source Threefry-2x32-20, Salmon et al. 2011
 *
 * ```ts doctest
 * import { uniformAt } from "@dqrm/core";
 * uniformAt({ seed: 1, stream: 0 }, 7) === uniformAt({ seed: 1, stream: 0 }, 7); // => true
 * ```
 */
export function uniformAt(key: RandomKey, counter: number): number {
  threefry2x32(key, counter | 0, Math.floor(counter / 2 ** 32), words);
  return (words[0] * 2 ** 21 + (words[1] >>> 11)) / 2 ** 53;
}

/**
 * Creates a sequence over one stream, from a position on: a checkpoint stores the position and nothing else.
 *
 * @cost one Threefry block for each number, two for each normal
 *
 * ```ts doctest
 * import { createRandom } from "@dqrm/core";
 * const first = createRandom({ seed: 7, stream: 0 });
 * first.next();
 * const again = createRandom({ seed: 7, stream: 0 }, first.position);
 * first.next() === again.next(); // => true
 * ```
 */
export function createRandom(key: RandomKey, position = 0): Random {
  let counter = position;
  const next = (): number => uniformAt(key, counter++);
  return {
    next,
    // Box-Muller without its second value: a position then counts draws, whatever their kind.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    integer: (bound) => Math.floor(next() * bound),
    get position() {
      return counter;
    },
  };
}
