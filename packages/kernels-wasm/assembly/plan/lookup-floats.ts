import { fakeQuantizeRow } from "./fake-quantize";
import { Table } from "./records";
import { addRow, clearRow, copyRow, divideRow } from "./rows";

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
  const rowBytes = (<usize>cols) << 2;
  const given = table.kind == 1 ? table.scale : 0;
  for (let s = from; s < to; s++) {
    const offsets = table.offsets + ((<usize>s) << 2);
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    if (last - first == 1 && table.bagWeights == 0) {
      const row = table.weights + <usize>load<i32>(table.indices + ((<usize>first) << 2)) * rowBytes;
      if (table.kind == 0) copyRow(row, dst, cols);
      else fakeQuantizeRow(row, dst, cols, table.spanCols, given, table.bits);
    } else {
      clearRow(dst, cols);
      for (let position = first; position < last; position++) {
        let row = table.weights + <usize>load<i32>(table.indices + ((<usize>position) << 2)) * rowBytes;
        if (table.kind != 0) {
          fakeQuantizeRow(row, scratch, cols, table.spanCols, given, table.bits);
          row = scratch;
        }
        const weight =
          table.bagWeights == 0 ? <f32>1 : load<f32>(table.bagWeights + ((<usize>position) << 2));
        addRow(row, weight, dst, cols);
      }
      if (table.mean != 0 && last - first > 1) divideRow(dst, <f32>(last - first), cols);
    }
    dst += stride;
  }
}
