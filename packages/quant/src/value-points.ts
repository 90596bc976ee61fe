/**
 * Holds the values that share a scale, or, when they are many, one point for each group of nearly equal ones.
 *
 * @shape values, counts f64[>= length]; the sum of counts is the number of values
 */
export interface ValuePoints {
  readonly length: number;
  /** The value, or the mean of a group. */
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Whether every point is one value, so that nothing was merged. */
  readonly exact: boolean;
}

/** Up to here every value is looked at by itself: no row is longer, so that only whole tables are summarized. */
const MOST_EXACT_VALUES = 1 << 16;

/** Values that agree in sign, exponent and 12 bits of their fraction are merged: they differ by less than 1 in 4096. */
const DROPPED_BITS = 11;

/**
 * Prepares the reduction of values to points, with buffers that serve call after call.
 *
 * A point stands for its values exactly as long as all of them get the same code, for the squared error to a level is
 * that of their mean plus a constant.
 *
 * @cost O(n); 24 MB of scratch for more than 65,536 values
 */
export function prepareValuePoints(): (values: Float32Array) => ValuePoints {
  let copied = new Float64Array(0);
  let ones = new Float64Array(0);
  return function pointsOf(values) {
    if (values.length > MOST_EXACT_VALUES) return mergedPoints(values);
    if (copied.length < values.length) {
      copied = new Float64Array(values.length);
      ones = new Float64Array(values.length).fill(1);
    }
    copied.set(values);
    return { length: values.length, values: copied, counts: ones, exact: true };
  };
}

function mergedPoints(values: Float32Array): ValuePoints {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const sums = new Float64Array(2 ** (32 - DROPPED_BITS));
  const counts = new Uint32Array(sums.length);
  for (let i = 0; i < values.length; i++) {
    const group = bits[i] >>> DROPPED_BITS;
    sums[group] += values[i];
    counts[group]++;
  }
  let length = 0;
  for (let group = 0; group < counts.length; group++) if (counts[group] > 0) length++;
  const points = {
    length,
    values: new Float64Array(length),
    counts: new Float64Array(length),
    exact: false,
  };
  let next = 0;
  for (let group = 0; group < counts.length; group++) {
    if (counts[group] === 0) continue;
    points.values[next] = sums[group] / counts[group];
    points.counts[next++] = counts[group];
  }
  return points;
}
