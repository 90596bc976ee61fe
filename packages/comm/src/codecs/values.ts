import { DqrmError } from "@dqrm/core";
import type { RowSink } from "../row-sink.ts";
import { wireError, type WireCodec } from "../wire.ts";

/** Writes `count` floats, little-endian. @throws NON_FINITE before it writes a NaN or an infinity */
export function writeFloats(view: DataView, offset: number, values: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(values[i])) {
      throw new DqrmError("NON_FINITE", { what: "gradient", position: i, actual: String(values[i]) });
    }
    view.setFloat32(offset + 4 * i, values[i], true);
  }
}

/** Checks that `count` floats are finite. @throws WIRE at the first that is not */
export function checkFloats(codec: WireCodec, view: DataView, offset: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const value = view.getFloat32(offset + 4 * i, true);
    if (!Number.isFinite(value)) throw wireError(codec, offset + 4 * i, `value ${value}`);
  }
}

/** Checks that a sink takes rows of `cols` numbers. @throws SHAPE */
export function checkSinkCols(codec: WireCodec, cols: number, sink: RowSink): void {
  if (cols === sink.cols) return;
  throw new DqrmError("SHAPE", {
    op: `${codec.name}.decode`,
    what: "row",
    expected: sink.cols,
    actual: cols,
  });
}
