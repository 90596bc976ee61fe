const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * Writes a scale and returns it as the reader will see it: rounded up, for blocks to bfloat16, so that no value lies beyond
 * the last code; but never so far that the largest decoded magnitude is infinite.
 */
export function writeScale(view: DataView, at: number, scale: number, form: ScaleForm): number {
  float[0] = scale;
  if (float[0] < scale) bits[0]++;
  if (form.stride === 2) {
    if ((bits[0] & 0xffff) !== 0) bits[0] = (bits[0] & 0xffff0000) + 0x10000;
    while (!Number.isFinite(Math.fround(float[0] * form.peak))) bits[0] -= 0x10000;
    view.setUint16(at, bits[0] >>> 16, true);
  } else {
    while (!Number.isFinite(Math.fround(float[0] * form.peak))) bits[0]--;
    view.setFloat32(at, float[0], true);
  }
  return float[0];
}

/** Says how a scale is written, and what it will be multiplied with. */
export interface ScaleForm {
  /** Bytes of a scale: 4 for an f32, 2 for a bfloat16, of which blocks have many. */
  readonly stride: number;
  /** The largest decoded magnitude in units of the scale. */
  readonly peak: number;
}

/** Reads a scale, or answers −1 for one that no writer writes: negative, infinite, NaN, or too large. */
export function readScale(bytes: Uint8Array, at: number, { peak, stride }: ScaleForm): number {
  const low = bytes[at] | (bytes[at + 1] << 8);
  bits[0] = stride === 2 ? low << 16 : low | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  const scale = float[0];
  return bits[0] < 0x80000000 && Number.isFinite(Math.fround(scale * peak)) ? scale : -1;
}
