import { threefry2x32, type RandomKey } from "@dqrm/core";

/** Draws 32-bit uniforms and normals two to a Threefry block, for generators that need millions of them. */
export interface WordStream {
  /** Continues at the block with this number; any block can be reached at once. */
  seek(block: number): void;
  /** The next number, uniform in [0, 1) with 32 random bits. */
  uniform(): number;
  /** The next number of the standard normal distribution. */
  normal(): number;
}

/** Creates the words of one stream; a normal takes its own half of a pair of uniforms, so that two cost one block. */
export function createWordStream(key: RandomKey): WordStream {
  const words = new Uint32Array(2);
  let block = 0;
  let left = 0;
  let spare = Number.NaN;
  const refill = (): void => {
    threefry2x32(key, block | 0, Math.floor(block / 2 ** 32), words);
    block++;
    left = 2;
  };
  return {
    seek(number) {
      block = number;
      left = 0;
      spare = Number.NaN;
    },
    uniform() {
      if (left === 0) refill();
      return words[2 - left--] / 2 ** 32;
    },
    normal() {
      if (!Number.isNaN(spare)) {
        const value = spare;
        spare = Number.NaN;
        return value;
      }
      refill();
      left = 0;
      const radius = Math.sqrt(-2 * Math.log(1 - words[0] / 2 ** 32));
      const angle = (2 * Math.PI * words[1]) / 2 ** 32;
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}
