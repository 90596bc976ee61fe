import { threefry2x32, type RandomKey } from "../../random/threefry.ts";

/** Keeps the streams of rounding apart from those of parameters and epochs, under one seed. */
export const FIRST_ROUNDING_STREAM = 0x3000_0000;

const words = new Uint32Array(2);

/**
 * Gives the key of one training step's rounding: number row × cols + col of its stream rounds the weight at that place.
 *
 * The number depends on the table's key, the step and the place alone, not on the order of rows in a batch or on threads,
 * and nothing has to be stored to go on from a checkpoint but the step.
 *
 * @shape step: an integer in [0, 2^53)
 */
export function roundingKey(table: RandomKey, step: number): RandomKey {
  threefry2x32(table, step | 0, Math.floor(step / 2 ** 32), words);
  return { seed: words[0], stream: words[1] };
}
