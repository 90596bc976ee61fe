import type { GradientCodec } from "../codec.ts";
import { checkOut, HEADER_BYTES, readHeader, viewOf, wireError, writeHeader } from "../wire.ts";
import { checkFloats, checkSinkCols, writeFloats } from "./values.ts";

/**
 * Sends touched rows as they are: lossless, the specified sparsity of the paper and the yardstick of every other codec.
 *
 * @shape body: row ids i32[count], then values f32[count × cols], little-endian
 * @source DQRM §3.3, specified sparsity
 *
 * ```ts doctest
 * import { createDenseSink, none } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const gradient = createRowGradient(2, 1);
 * gradient.rows[0] = 3;
 * gradient.values.set([0.5, -1]);
 * gradient.count = 1;
 * const out = new Uint8Array(none.maxBytes(1, 2));
 * const bytes = none.encode(gradient, out, { seed: 0, stream: 0 });
 * bytes; // => 32
 * const sum = new Float32Array(8);
 * none.decode(out.subarray(0, bytes), createDenseSink(sum, 4, 2));
 * [...sum]; // => [0, 0, 0, 0, 0, 0, 0.5, -1]
 * ```
 */
export const none: GradientCodec = {
  name: "none",
  id: 1,
  combine: "gather",

  maxBytes: (count, cols) => HEADER_BYTES + bodySize(count, cols),

  encode(gradient, out) {
    const { cols, count, rows, values } = gradient;
    checkOut(none, gradient, out);
    const view = viewOf(out);
    for (let i = 0; i < count; i++) view.setInt32(HEADER_BYTES + 4 * i, rows[i], true);
    writeFloats(view, HEADER_BYTES + 4 * count, values, count * cols);
    const bodyBytes = bodySize(count, cols);
    writeHeader(out, none, { cols, count, bodyBytes });
    return HEADER_BYTES + bodyBytes;
  },

  decode(bytes, sink) {
    const { bodyBytes, cols, count } = readHeader(bytes, none);
    if (bodyBytes !== bodySize(count, cols)) {
      throw wireError(none, 12, `${count} rows of ${cols} in ${bodyBytes} bytes`);
    }
    checkSinkCols(none, cols, sink);
    const view = viewOf(bytes);
    const valuesAt = HEADER_BYTES + 4 * count;
    for (let i = 0; i < count; i++) {
      const row = view.getInt32(HEADER_BYTES + 4 * i, true);
      if (row < 0 || row >= sink.rows) {
        throw wireError(none, HEADER_BYTES + 4 * i, `row ${row} outside [0, ${sink.rows})`);
      }
    }
    checkFloats(none, view, valuesAt, count * cols);
    const row = new Float32Array(cols);
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < cols; c++) row[c] = view.getFloat32(valuesAt + 4 * (i * cols + c), true);
      sink.add(view.getInt32(HEADER_BYTES + 4 * i, true), row, 0);
    }
  },
};

function bodySize(count: number, cols: number): number {
  return 4 * count * (1 + cols);
}
