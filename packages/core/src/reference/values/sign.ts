import type { ValueCoding } from "./value-coding.ts";

/**
 * One bit for each value, 1 for a value that is not negative; the scale is the mean magnitude. Biased: wants error feedback.
 *
 * @shape bit i % 8 of byte ⌊i/8⌋
 * @source Karimireddy et al. 2019, error feedback fixes SignSGD: scaled sign
 */
export const sign: ValueCoding = {
  peak: 1,
  scaleOf(values, begin, end) {
    let sum = 0;
    for (let i = begin; i < end; i++) sum += Math.abs(values[i]);
    return sum / (end - begin);
  },
  encode({ begin, end, values }, _scale, _draws, codes) {
    for (let i = begin; i < end; i++) {
      if (values[i] >= 0) codes[i >> 3] |= 1 << (i & 7);
    }
  },
  decode(codes, scale, { begin, end, values }) {
    for (let i = begin; i < end; i++) values[i] = ((codes[i >> 3] >> (i & 7)) & 1) === 1 ? scale : -scale;
    return true;
  },
  padded: (codes, values) => (values & 7) === 0 || codes[values >> 3] >> (values & 7) === 0,
};
