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
  const candidates = new Int32Array(buckets[last]);
  let next = 0;
  let found = 0;
  for (let i = 0; i < total; i++) {
    const bucket = (bits[i] & 0x7fffffff) >>> BUCKET_SHIFT;
    if (bucket < last) continue;
    if (bucket > last) places[next++] = i;
    else candidates[found++] = i;
  }
  mergeInto(places, above, chooseLargest(bits, candidates, kept - above));
}

/** Lists the places of the largest values among candidates of one bucket, ascending. */
function chooseLargest(bits: Uint32Array, candidates: Int32Array, count: number): Float64Array {
  // Larger magnitudes first, then smaller places: both fit a double, 16 bits and 32.
  return Float64Array.from(candidates, (i) => (0xffff - (bits[i] & 0xffff)) * 2 ** 32 + i)
    .sort()
    .subarray(0, count)
    .map((key) => key % 2 ** 32)
    .sort();
}

/** Merges ascending places into the `count` that stand before them, from the last to the first. */
function mergeInto(places: Int32Array, count: number, more: Float64Array): void {
  let left = count - 1;
  let right = more.length - 1;
  for (let to = left + right + 1; right >= 0; to--) {
    places[to] = left >= 0 && places[left] > more[right] ? places[left--] : more[right--];
  }
}
