/**
 * Finds the largest magnitude of elements [begin, end).
 *
 * @units 0 when empty, NaN when any element is NaN
 */
export function peakOf(src: Float32Array, begin: number, end: number): number {
  let peak = 0;
  for (let i = begin; i < end; i++) {
    const magnitude = Math.abs(src[i]);
    if (magnitude > peak) peak = magnitude;
    else if (magnitude !== magnitude) return magnitude;
  }
  return peak;
}
