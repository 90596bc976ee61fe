import { lookSixteenUp, takeApart } from "../ops/dequantize-levels";
import { Table } from "./records";
import { addRow, clearRow, divideRow } from "./rows";

/**
 * Overwrites one vector of each sample in [from, to) with its pooled packed rows, read in place.
 *
 * @param dst the vector of sample `from`; the others follow at `stride`
 * @param scratch room for one row of floats
 */
export function lookupPacked(
  table: Table,
  from: i32,
  to: i32,
  cols: i32,
  dst: usize,
  stride: usize,
  scratch: usize,
): void {
  if (table.levels != 0 && table.bits == 4) takeApart(table.levels);
  const bagWeights = table.bagWeights;
  const indices = table.indices;
  let offsets = table.offsets + ((<usize>from) << 2);
  for (let s = from; s < to; s++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    if (last - first == 1 && bagWeights == 0) {
      unpackRow(table, load<i32>(indices + ((<usize>first) << 2)), cols, dst);
    } else {
      clearRow(dst, cols);
      for (let position = first; position < last; position++) {
        unpackRow(table, load<i32>(indices + ((<usize>position) << 2)), cols, scratch);
        const weight = bagWeights == 0 ? <f32>1 : load<f32>(bagWeights + ((<usize>position) << 2));
        addRow(scratch, weight, dst, cols);
      }
      if (table.mean != 0 && last - first > 1) divideRow(dst, <f32>(last - first), cols);
    }
    offsets += 4;
    dst += stride;
  }
}

/** Overwrites dst with the weights of a packed row. */
@inline
function unpackRow(table: Table, row: i32, cols: i32, dst: usize): void {
  const codes = table.weights + <usize>row * table.rowBytes;
  if (table.levels != 0) {
    unpackLevels(table, codes, cols, dst);
    return;
  }
  const scaleAt = (<usize>row * table.scaleStep) << 2;
  const scales = table.scale + scaleAt;
  const shifts: usize = table.shift == 0 ? 0 : table.shift + scaleAt;
  const plain = table.spanCols == cols && shifts == 0 && (cols & 15) == 0;
  if (plain && table.bits == 4) unpackNibbles(codes, cols, load<f32>(scales), dst);
  else if (plain && table.bits == 8) unpackBytes(codes, cols, load<f32>(scales), dst);
  else unpackBits(table, codes, cols, scales, shifts, dst);
}

/** Looks up the levels of a row's codes. */
function unpackLevels(table: Table, codes: usize, cols: i32, dst: usize): void {
  const bits = table.bits;
  if (bits == 4 && (cols & 15) == 0) {
    for (let c = 0; c < cols; c += 16) lookSixteenUp(codes + (<usize>c >> 1), dst + (<usize>c << 2));
    return;
  }
  const mask = (1 << bits) - 1;
  let pending: i32 = 0;
  let pendingBits: i32 = 0;
  for (let c = 0; c < cols; c++) {
    if (pendingBits < bits) {
      pending |= <i32>load<u8>(codes++) << pendingBits;
      pendingBits += 8;
    }
    store<f32>(dst, load<f32>(table.levels + ((<usize>pending & mask) << 2)));
    pending >>>= bits;
    pendingBits -= bits;
    dst += 4;
  }
}

/** Unpacks codes of 4 bits, 16 at a time; the low half of a byte comes first. */
@inline
function unpackNibbles(codes: usize, cols: i32, scale: f32, dst: usize): void {
  const wide = f32x4.splat(scale);
  for (let c = 0; c < cols; c += 16) {
    const pairs = v128.load64_zero(codes);
    const low = v128.and(pairs, i8x16.splat(15));
    const high = i8x16.shr_u(pairs, 4);
    const bytes = v128.shuffle<i8>(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    storeBytes(i8x16.sub(bytes, i8x16.splat(8)), wide, dst);
    codes += 8;
    dst += 64;
  }
}

function unpackBytes(codes: usize, cols: i32, scale: f32, dst: usize): void {
  const wide = f32x4.splat(scale);
  for (let c = 0; c < cols; c += 16) {
    storeBytes(i8x16.sub(v128.load(codes), i8x16.splat(-128)), wide, dst);
    codes += 16;
    dst += 64;
  }
}

/** Stores 16 signed bytes as floats times a scale. */
@inline
function storeBytes(bytes: v128, scale: v128, dst: usize): void {
  const low = i16x8.extend_low_i8x16_s(bytes);
  const high = i16x8.extend_high_i8x16_s(bytes);
  v128.store(dst, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), scale));
  v128.store(dst, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), scale), 16);
  v128.store(dst, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), scale), 32);
  v128.store(dst, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), scale), 48);
}

/** Unpacks codes of any width, low bits first, with a scale for each span and any scheme. */
function unpackBits(
  table: Table,
  codes: usize,
  cols: i32,
  scales: usize,
  shifts: usize,
  dst: usize,
): void {
  const bits = table.bits;
  const spanCols = table.spanCols;
  const mask = (1 << bits) - 1;
  const half = 1 << (bits - 1);
  let pending: i32 = 0;
  let pendingBits: i32 = 0;
  for (let c = 0; c < cols; c++) {
    while (pendingBits < bits) {
      pending |= <i32>load<u8>(codes++) << pendingBits;
      pendingBits += 8;
    }
    const code = pending & mask;
    pending >>>= bits;
    pendingBits -= bits;
    const span = (<usize>(c / spanCols)) << 2;
    const scale = load<f32>(scales + span);
    let weight: f32;
    if (shifts != 0) weight = <f32>code * scale + load<f32>(shifts + span);
    else if (bits == 1) weight = <f32>(code + code - 1) * scale;
    else weight = <f32>(code - half) * scale;
    store<f32>(dst, weight);
    dst += 4;
  }
}
