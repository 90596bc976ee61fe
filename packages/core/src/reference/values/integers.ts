import { roundLevel } from "./round-level.ts";
import { peakOf, type ValueCoding } from "./value-coding.ts";

/** Codes of 8 bits, −127 to 127; −128 is none. */
export const int8: ValueCoding = {
  peak: 127,
  scaleOf: (values, begin, end) => peakOf(values, begin, end) / 127,
  encode({ begin, end, values }, scale, draws, codes) {
    for (let i = begin; i < end; i++) codes[i] = roundLevel(values[i] / scale, draws?.[i], 127);
  },
  decode(codes, scale, { begin, end, values }) {
    for (let i = begin; i < end; i++) {
      const code = (codes[i] << 24) >> 24;
      if (code === -128) return false;
      values[i] = code * scale;
    }
    return true;
  },
  padded: () => true,
};

/** Codes of 16 bits, −32767 to 32767, low byte first; −32768 is none. */
export const int16: ValueCoding = {
  peak: 32_767,
  scaleOf: (values, begin, end) => peakOf(values, begin, end) / 32_767,
  encode({ begin, end, values }, scale, draws, codes) {
    for (let i = begin; i < end; i++) {
      const code = roundLevel(values[i] / scale, draws?.[i], 32_767);
      codes[2 * i] = code;
      codes[2 * i + 1] = code >> 8;
    }
  },
  decode(codes, scale, { begin, end, values }) {
    for (let i = begin; i < end; i++) {
      const code = ((codes[2 * i] | (codes[2 * i + 1] << 8)) << 16) >> 16;
      if (code === -32_768) return false;
      values[i] = code * scale;
    }
    return true;
  },
  padded: () => true,
};

/** Codes of 4 bits, −7 to 7, sent as code + 8, two in a byte, the first in the low half; 0 is none but a filling. */
export const int4: ValueCoding = {
  peak: 7,
  scaleOf: (values, begin, end) => peakOf(values, begin, end) / 7,
  encode({ begin, end, values }, scale, draws, codes) {
    for (let i = begin; i < end; i++) {
      const code = roundLevel(values[i] / scale, draws?.[i], 7) + 8;
      codes[i >> 1] |= (i & 1) === 0 ? code : code << 4;
    }
  },
  decode(codes, scale, { begin, end, values }) {
    for (let i = begin; i < end; i++) {
      const code = (i & 1) === 0 ? codes[i >> 1] & 15 : codes[i >> 1] >> 4;
      if (code === 0) return false;
      values[i] = (code - 8) * scale;
    }
    return true;
  },
  padded: (codes, values) => (values & 1) === 0 || codes[values >> 1] >> 4 === 0,
};
