import { peakOf, type ValueCoding } from "./value-coding.ts";

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

const INFINITE = 0x7f800000;

/** Floats of 32 bits, little-endian: nothing is lost. */
export const float32: ValueCoding = {
  peak: 1,
  scaleOf: () => 1,
  encode({ begin, end, values }, _scale, _draws, codes) {
    const view = new DataView(codes.buffer, codes.byteOffset, codes.byteLength);
    for (let i = begin; i < end; i++) view.setFloat32(4 * i, values[i], true);
  },
  decode(codes, _scale, { begin, end, values }) {
    const view = new DataView(codes.buffer, codes.byteOffset, codes.byteLength);
    for (let i = begin; i < end; i++) {
      values[i] = view.getFloat32(4 * i, true);
      if (!Number.isFinite(values[i])) return false;
    }
    return true;
  },
  padded: () => true,
};

/** The upper half of a float of 32 bits, rounded to nearest even; a finite value never becomes infinite. */
export const bfloat16: ValueCoding = {
  peak: 1,
  scaleOf: () => 1,
  encode({ begin, end, values }, _scale, _draws, codes) {
    for (let i = begin; i < end; i++) {
      float[0] = values[i];
      const exact = bits[0];
      const rounded = (exact + 0x7fff + ((exact >>> 16) & 1)) >>> 16;
      const code = (rounded & 0x7fff) === INFINITE >>> 16 ? rounded - 1 : rounded;
      codes[2 * i] = code;
      codes[2 * i + 1] = code >>> 8;
    }
  },
  decode(codes, _scale, { begin, end, values }) {
    for (let i = begin; i < end; i++) {
      bits[0] = ((codes[2 * i] | (codes[2 * i + 1] << 8)) << 16) >>> 0;
      if ((bits[0] & INFINITE) === INFINITE) return false;
      values[i] = float[0];
    }
    return true;
  },
  padded: () => true,
};

/** Fractions of binary16 have 10 bits, and values near 1 an exponent of 15. */
const FRACTION_BITS = 10;
const EXPONENT_BIAS = 15;
const MAX_FINITE = 0x7bff;

/**
 * Floats of 16 bits (binary16) after division by a power of two that brings the largest near 2^10, so that small
 * gradients keep all their digits and none becomes infinite.
 */
export const float16: ValueCoding = {
  peak: 2 ** 10,
  scaleOf(values, begin, end) {
    const peak = peakOf(values, begin, end);
    // The smallest normal float, so that the scale itself is exact.
    return peak === 0 ? 0 : 2 ** Math.max(-126, Math.floor(Math.log2(peak)) - 10);
  },
  encode({ begin, end, values }, scale, _draws, codes) {
    for (let i = begin; i < end; i++) {
      let code = halfOf(values[i] / scale);
      // What is rounded up to 2^128 is sent as the number below.
      if (!Number.isFinite(Math.fround(halfValue(code) * scale))) code--;
      codes[2 * i] = code;
      codes[2 * i + 1] = code >>> 8;
    }
  },
  decode(codes, scale, { begin, end, values }) {
    for (let i = begin; i < end; i++) {
      const code = codes[2 * i] | (codes[2 * i + 1] << 8);
      if ((code & 0x7fff) > MAX_FINITE) return false;
      values[i] = halfValue(code) * scale;
      if (!Number.isFinite(values[i])) return false;
    }
    return true;
  },
  padded: () => true,
};

/** Rounds to the nearest binary16, ties to even; beyond the largest finite one, to that. */
function halfOf(value: number): number {
  const magnitude = Math.abs(value);
  const negative = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const exponent = Math.max(1 - EXPONENT_BIAS, Math.floor(Math.log2(magnitude)));
  const unit = 2 ** (exponent - FRACTION_BITS);
  const steps = Math.round(magnitude / unit);
  const even = steps - magnitude / unit === 0.5 && steps % 2 === 1 ? steps - 1 : steps;
  const base = (exponent + EXPONENT_BIAS - 1) << FRACTION_BITS;
  return negative | Math.min(MAX_FINITE, base + even);
}

function halfValue(code: number): number {
  const exponent = (code >>> FRACTION_BITS) & 31;
  const fraction = code & (2 ** FRACTION_BITS - 1);
  const magnitude =
    exponent === 0
      ? fraction * 2 ** (1 - EXPONENT_BIAS - FRACTION_BITS)
      : (2 ** FRACTION_BITS + fraction) * 2 ** (exponent - EXPONENT_BIAS - FRACTION_BITS);
  return code >= 0x8000 ? -magnitude : magnitude;
}
