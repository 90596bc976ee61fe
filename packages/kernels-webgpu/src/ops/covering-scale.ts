/** Levels above zero of a code of 8 bits. */
const LEVELS = 127;

/** Steps of the bits of a bfloat16 within an f32. */
const BFLOAT = 0x10000;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * Gives the scale of 8-bit codes as a reader will see it: not below peak/127, for blocks a bfloat16, and so small that the
 * largest decoded magnitude is finite.
 *
 * @shape stride: bytes of a scale, 4 or 2
 */
export function coveringScale(peak: number, stride: number): number {
  const scale = peak / LEVELS;
  float[0] = scale;
  if (float[0] < scale) bits[0]++;
  const step = stride === 2 ? BFLOAT : 1;
  if (bits[0] % step !== 0) bits[0] += step - (bits[0] % step);
  while (!Number.isFinite(Math.fround(float[0] * LEVELS))) bits[0] -= step;
  return float[0];
}
