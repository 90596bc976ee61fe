/**
 * Turns the values of a group that shares a scale into codes and back.
 *
 * Codes of value i stand at a place that depends on i alone, so that groups may begin anywhere.
 */
export interface ValueCoding {
  /** Gives the scale of values [begin, end) in double; 0 when all are zero. */
  scaleOf(values: Float32Array, begin: number, end: number): number;
  /** The largest decoded magnitude is this times the scale. */
  readonly peak: number;
  /**
   * Writes the codes of values [begin, end) into `codes`, which is zero at their places.
   *
   * @shape draws u16[values] to round up or down at random, or undefined to round to the nearest
   */
  encode(source: ValueGroup, scale: number, draws: Uint16Array | undefined, codes: Uint8Array): void;
  /** Overwrites values [begin, end) with what the codes say; false when a code is none. */
  decode(codes: Uint8Array, scale: number, target: ValueGroup): boolean;
  /** Tells whether the bits behind the last of `values` codes are zero. */
  padded(codes: Uint8Array, values: number): boolean;
}

/** Names values that share a scale. */
export interface ValueGroup {
  readonly values: Float32Array;
  readonly begin: number;
  readonly end: number;
}

/** Gives the largest magnitude of a part of some values. */
export function peakOf(values: Float32Array, begin: number, end: number): number {
  let peak = 0;
  for (let i = begin; i < end; i++) peak = Math.max(peak, Math.abs(values[i]));
  return peak;
}
