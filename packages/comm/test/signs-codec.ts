import { HEADER_BYTES, none, readHeader, writeHeader, type GradientCodec } from "@dqrm/comm";
import { createRowGradient, DqrmError, type RandomKey } from "@dqrm/core";

/**
 * Makes an unbiased codec of test quality: a value v of a row with peak p becomes +p with probability (1 + v/p)/2, else
 * −p. Its payload wraps one of `none` in a header of its own.
 */
export function signs(draw: (key: RandomKey, counter: number) => number): GradientCodec {
  const codec: GradientCodec = {
    name: "signs",
    id: 250,
    combine: "gather",
    maxBytes: (count, cols) => HEADER_BYTES + none.maxBytes(count, cols),
    encode(gradient, out, key) {
      const { cols, count, rows, values } = gradient;
      const expected = codec.maxBytes(count, cols);
      if (out.length < expected)
        throw new DqrmError("SHAPE", { op: "signs", what: "out", expected, actual: out.length });
      const coarse = createRowGradient(cols, count);
      coarse.count = count;
      coarse.rows.set(rows.subarray(0, count));
      for (let i = 0; i < count; i++) {
        const row = values.subarray(i * cols, (i + 1) * cols);
        const peak = row.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        for (let c = 0; c < cols; c++) {
          const up = peak === 0 || draw(key, i * cols + c) < (1 + row[c] / peak) / 2;
          coarse.values[i * cols + c] = Number.isNaN(row[c]) ? NaN : up ? peak : -peak;
        }
      }
      const bodyBytes = none.encode(coarse, out.subarray(HEADER_BYTES), key);
      writeHeader(out, codec, { cols, count, bodyBytes });
      return HEADER_BYTES + bodyBytes;
    },
    decode(bytes, sink) {
      readHeader(bytes, codec);
      none.decode(bytes.subarray(HEADER_BYTES), sink);
    },
  };
  return codec;
}
