import { threefry2x32, type RandomKey } from "../random/threefry.ts";

/** Keeps the streams of rounding apart from those of parameters and epochs, under one seed; one for each table. */
export const FIRST_ROUNDING_STREAM = 0x3000_0000;

/** Keeps the streams of dropout apart from all others; one for each layer. */
export const FIRST_DROPOUT_STREAM = 0x5000_0000;

const words = new Uint32Array(2);

/**
 * Gives the key of what one training step draws from a stream, number k for the weight or activation at place k.
 *
 * The number depends on the stream's key, the step and the place alone, not on the order of rows in a batch or on threads,
 * and nothing has to be stored to go on from a checkpoint but the step.
 *
 * @shape step: an integer in [0, 2^53)
 */
export function stepKey(stream: RandomKey, step: number): RandomKey {
  threefry2x32(stream, step | 0, Math.floor(step / 2 ** 32), words);
  return { seed: words[0], stream: words[1] };
}
