import { DqrmError } from "@dqrm/core";
import type { SummableCodec } from "../codec.ts";
import {
  checkOut,
  HEADER_BYTES,
  readHeader,
  viewOf,
  wireError,
  writeHeader,
  type WireHeader,
} from "../wire.ts";
import { checkFloats, checkSinkCols, writeFloats } from "./values.ts";

/**
 * Sends every row of a parameter in order, without ids: lossless, and payloads can be added. Meant for the gradients of
 * linear layers.
 *
 * Sums are rounded to f32 after each addition, so the order of the additions decides the last bit.
 *
 * @shape body: values f32[count × cols], little-endian; gradient.rows = 0, 1, … count − 1
 *
 * ```ts doctest
 * import { createDenseSink, dense } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const gradient = createRowGradient(2, 1);
 * gradient.values.set([0.5, -1]);
 * gradient.count = 1;
 * const key = { seed: 0, stream: 0 };
 * const [into, from] = [new Uint8Array(28), new Uint8Array(28)];
 * dense.encode(gradient, into, key) + dense.encode(gradient, from, key); // => 56
 * dense.addPayload(into, from);
 * const sum = new Float32Array(2);
 * dense.decode(into, createDenseSink(sum, 1, 2));
 * [...sum]; // => [1, -2]
 * ```
 */
export const dense: SummableCodec = {
  name: "dense",
  id: 2,
  combine: "sum",

  maxBytes: (count, cols) => HEADER_BYTES + 4 * count * cols,

  encode(gradient, out) {
    const { cols, count, rows, values } = gradient;
    checkOut(dense, gradient, out);
    for (let i = 0; i < count; i++) {
      if (rows[i] !== i) {
        throw new DqrmError("VALUE", {
          op: "dense.encode",
          what: `rows[${i}]`,
          expected: `${i}: every row, in order`,
          actual: String(rows[i]),
        });
      }
    }
    writeFloats(viewOf(out), HEADER_BYTES, values, count * cols);
    const bodyBytes = 4 * count * cols;
    writeHeader(out, dense, { cols, count, bodyBytes });
    return HEADER_BYTES + bodyBytes;
  },

  decode(bytes, sink) {
    const { cols, count } = readDense(bytes);
    checkSinkCols(dense, cols, sink);
    if (count > sink.rows) throw wireError(dense, 8, `${count} rows for a sink of ${sink.rows}`);
    const view = viewOf(bytes);
    const row = new Float32Array(cols);
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < cols; c++) row[c] = view.getFloat32(HEADER_BYTES + 4 * (i * cols + c), true);
      sink.add(i, row, 0);
    }
  },

  addPayload(into, from) {
    const header = readDense(into);
    const other = readDense(from);
    if (header.count !== other.count || header.cols !== other.cols) {
      throw wireError(
        dense,
        4,
        `${other.count} rows of ${other.cols} cannot be added to ${header.count} of ${header.cols}`,
      );
    }
    const source = viewOf(from);
    const target = viewOf(into);
    for (let at = HEADER_BYTES; at < into.length; at += 4) {
      target.setFloat32(at, target.getFloat32(at, true) + source.getFloat32(at, true), true);
    }
    writeHeader(into, dense, header);
  },
};

function readDense(bytes: Uint8Array): WireHeader {
  const header = readHeader(bytes, dense);
  const values = header.count * header.cols;
  if (header.bodyBytes !== 4 * values) {
    throw wireError(dense, 12, `${header.count} rows of ${header.cols} in ${header.bodyBytes} bytes`);
  }
  checkFloats(dense, viewOf(bytes), HEADER_BYTES, values);
  return header;
}
