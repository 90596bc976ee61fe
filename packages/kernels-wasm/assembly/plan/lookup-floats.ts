import { fakeQuantizeRow, fakeQuantizeSpan } from "./fake-quantize";
import { Table } from "./records";
import { addRow, clearRow, copyRow, divideRow } from "./rows";

/** The kinds of tables that are floats: as they are, and seen through codes with one scale. */
const FLOATS = 0;
const ONE_SCALE = 1;

/**
 * Overwrites one vector of each sample in [from, to) with its pooled rows, exact or seen through codes.
 *
 * @param dst the vector of sample `from`; the others follow at `stride`
 * @param scratch room for one row
 */
export function lookupFloats(
  table: Table,
  from: i32,
  to: i32,
  cols: i32,
  dst: usize,
  stride: usize,
  scratch: usize,
): void {
  const kind = table.kind;
  const weights = table.weights;
  const bagWeights = table.bagWeights;
  const indices = table.indices;
  const rowBytes = table.rowBytes;
  let offsets = table.offsets + ((<usize>from) << 2);
  for (let s = from; s < to; s++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    if (last - first == 1 && bagWeights == 0) {
      const row = weights + <usize>load<i32>(indices + ((<usize>first) << 2)) * rowBytes;
      if (kind != FLOATS) quantizeRow(table, row, dst, cols);
      else if (cols == 16) copySixteen(row, dst);
      else copyRow(row, dst, cols);
    } else {
      clearRow(dst, cols);
      for (let position = first; position < last; position++) {
        let row = weights + <usize>load<i32>(indices + ((<usize>position) << 2)) * rowBytes;
        if (kind != FLOATS) {
          quantizeRow(table, row, scratch, cols);
          row = scratch;
        }
        const weight = bagWeights == 0 ? <f32>1 : load<f32>(bagWeights + ((<usize>position) << 2));
        addRow(row, weight, dst, cols);
      }
      if (table.mean != 0 && last - first > 1) divideRow(dst, <f32>(last - first), cols);
    }
    offsets += 4;
    dst += stride;
  }
}

@inline
function quantizeRow(table: Table, row: usize, dst: usize, cols: i32): void {
  if (table.kind == ONE_SCALE) fakeQuantizeSpan(row, dst, cols, load<f32>(table.scale), table.bits);
  else fakeQuantizeRow(row, dst, cols, table.spanCols, table.bits);
}

/** Copies a row of one cache line. */
@inline
function copySixteen(src: usize, dst: usize): void {
  v128.store(dst, v128.load(src));
  v128.store(dst, v128.load(src, 16), 16);
  v128.store(dst, v128.load(src, 32), 32);
  v128.store(dst, v128.load(src, 48), 48);
}
