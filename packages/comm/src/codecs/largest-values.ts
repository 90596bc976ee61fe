/** Magnitudes of floats are ordered as their bits are; the upper 15 of them choose a bucket. */
const BUCKETS = 1 << 15;
const BUCKET_SHIFT = 16;

const buckets = new Uint32Array(BUCKETS);

/**
 * Lists the places of the `kept` largest magnitudes, ascending; of equal ones the first.
 *
 * @shape values f32[total], finite; places i32[>= kept]
 * @cost two passes over the values, and a sort of those that share the last bucket
 */
export function largestValues(values: Float32Array, total: number, kept: number, places: Int32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, total);
  buckets.fill(0);
  for (let i = 0; i < total; i++) buckets[(bits[i] & 0x7fffffff) >>> BUCKET_SHIFT]++;
  let last = BUCKETS - 1;
  let above = 0;
  while (above + buckets[last] < kept) above += buckets[last--];
  const chosen = chooseInBucket(bits, total, last, kept - above);
  let next = 0;
  let rest = 0;
  for (let i = 0; i < total; i++) {
    const bucket = (bits[i] & 0x7fffffff) >>> BUCKET_SHIFT;
    if (bucket < last) continue;
    if (bucket > last) places[next++] = i;
    else if (rest < chosen.length && chosen[rest] === i) {
      places[next++] = i;
      rest++;
    }
  }
}

/** Lists the places of the largest of one bucket, ascending. */
function chooseInBucket(bits: Uint32Array, total: number, bucket: number, count: number): Float64Array {
  const keys = new Float64Array(buckets[bucket]);
  let next = 0;
  // Larger magnitudes first, then smaller places: both fit a double, 16 bits and 32.
  for (let i = 0; i < total; i++) {
    const magnitude = bits[i] & 0x7fffffff;
    if (magnitude >>> BUCKET_SHIFT === bucket) keys[next++] = (0xffff - (magnitude & 0xffff)) * 2 ** 32 + i;
  }
  return keys
    .sort()
    .subarray(0, count)
    .map((key) => key % 2 ** 32)
    .sort();
}
