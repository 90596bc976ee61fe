import { crc32, roundHalfEven, valueLayout, type EncodeValuesSpec } from "../../../src/index.ts";
import { correct, type Mutant } from "./mutant.ts";

/** Overwrites codes of 8 bits that share one scale, where it is not so small that its reciprocal is infinite. */
export function writeProducts(
  { rounding, scale, values: name }: EncodeValuesSpec,
  values: Float32Array,
  out: Uint8Array,
  at: number,
): void {
  if (name !== "int8" || scale.kind !== "tensor" || rounding !== "nearest" || values.length === 0) return;
  const reciprocal = Math.fround(1 / new DataView(out.buffer, out.byteOffset).getFloat32(at, true));
  if (!Number.isFinite(reciprocal) || reciprocal < 2 ** -126) return;
  for (const [i, value] of values.entries()) {
    out[at + 4 + i] = roundHalfEven(Math.fround(value * reciprocal));
  }
}

const zeroKey = { seed: 0, stream: 0 };

/** Backends with one fault in what gradients are sent by. */
export const sentMutants: readonly Mutant[] = [
  {
    name: "starts every checksum anew",
    ops: { checksum: () => (bytes, begin, end) => crc32(bytes.subarray(begin, end)) },
  },
  {
    name: "sums all bytes that the array holds",
    ops: { checksum: () => (bytes, _begin, _end, previous) => crc32(bytes, previous) },
  },
  {
    name: "answers a checksum with a sign",
    ops: {
      checksum:
        (spec) =>
        (...call) =>
          correct("checksum", spec)(...call) | 0,
    },
  },
  {
    name: "rounds halves up",
    ops: {
      encodeValues: (spec) => (rows, values, count, cols, key, out, at) => {
        const nudged = values.map((value) => (value === 2.5 || value === 0.5 ? value + 2 ** -20 : value));
        return correct("encodeValues", spec)(rows, nudged, count, cols, key, out, at);
      },
    },
  },
  {
    name: "multiplies by the reciprocal of a scale in floats",
    ops: {
      encodeValues: (spec) => (rows, values, count, cols, key, out, at) => {
        const end = correct("encodeValues", spec)(rows, values, count, cols, key, out, at);
        writeProducts(spec, values.subarray(0, count * cols), out, at);
        return end;
      },
    },
  },
  {
    name: "draws without the key",
    ops: {
      encodeValues: (spec) => (rows, values, count, cols, _key, out, at) =>
        correct("encodeValues", spec)(rows, values, count, cols, zeroKey, out, at),
    },
  },
  {
    name: "draws by the order of rows",
    ops: {
      encodeValues: (spec) => (rows, values, count, cols, key, out, at) =>
        correct("encodeValues", spec)(
          rows.map((_, i) => i),
          values,
          count,
          cols,
          key,
          out,
          at,
        ),
    },
  },
  {
    name: "draws for rows that are none",
    ops: {
      encodeValues: (spec) => (rows, values, count, cols, key, out, at) => {
        const positive = rows.map((row) => Math.max(0, row));
        return correct("encodeValues", spec)(positive, values, count, cols, key, out, at);
      },
    },
  },
  {
    name: "sends a NaN as zero",
    ops: {
      encodeValues: (spec) => (rows, values, count, cols, key, out, at) => {
        const numbers = values.map((value) => (Number.isFinite(value) ? value : 0));
        return correct("encodeValues", spec)(rows, numbers, count, cols, key, out, at);
      },
    },
  },
  {
    name: "shares one scale among all rows",
    ops: {
      encodeValues: (spec) => (rows, values, count, cols, key, out, at) => {
        const first = correct("encodeValues", spec)(rows, values, count, cols, key, out, at);
        const { scaleBytes, scaleStride } = valueLayout(spec, count, cols);
        for (let i = scaleStride; i < scaleBytes; i++) out[at + i] = out[at + (i % scaleStride)];
        return first;
      },
    },
  },
  {
    name: "accepts every code",
    ops: {
      decodeValues:
        (format) =>
        (...call) => {
          correct("decodeValues", format)(...call);
          return -1;
        },
    },
  },
  {
    name: "ignores the bits behind the last code",
    ops: {
      decodeValues: (format) => (scales, scalesAt, codes, codesAt, count, cols, values) => {
        const wrong = correct("decodeValues", format)(scales, scalesAt, codes, codesAt, count, cols, values);
        return wrong === count * cols && wrong > 0 ? -1 : wrong;
      },
    },
  },
  {
    name: "loses the sign of zero",
    ops: {
      decodeValues: (format) => (scales, scalesAt, codes, codesAt, count, cols, values) => {
        const wrong = correct("decodeValues", format)(scales, scalesAt, codes, codesAt, count, cols, values);
        for (let i = 0; i < count * cols; i++) values[i] += 0;
        return wrong;
      },
    },
  },
  {
    name: "says all bytes that pay, and one more",
    ops: {
      encodeBytes:
        (spec) =>
        (...call) => {
          const written = correct("encodeBytes", spec)(...call);
          return written === 0 ? 0 : written + 1;
        },
    },
  },
  {
    name: "codes bytes that are all alike",
    ops: {
      encodeBytes:
        (spec) =>
        (...call) =>
          Math.max(8, correct("encodeBytes", spec)(...call)),
    },
  },
  {
    name: "does not look whether the state ends where it began",
    ops: {
      decodeBytes: (spec) => (src, begin, end, dst, count) =>
        correct("decodeBytes", spec)(src, begin, end, dst, count) || src.length - begin > 300,
    },
  },
  {
    name: "refuses what stands for a single symbol",
    ops: {
      decodeBytes: (spec) => (src, begin, end, dst, count) =>
        src[begin] !== 1 && correct("decodeBytes", spec)(src, begin, end, dst, count),
    },
  },
  {
    name: "leaves bytes as they are that many states would code",
    ops: {
      encodeBytes: (spec) => (src, begin, end, out, at) =>
        end - begin < 16_384 ? correct("encodeBytes", spec)(src, begin, end, out, at) : 0,
    },
  },
  {
    name: "refuses what many states have coded",
    ops: {
      decodeBytes: (spec) => (src, begin, end, dst, count) =>
        count < 16_384 && correct("decodeBytes", spec)(src, begin, end, dst, count),
    },
  },
];
