import { largerMagnitude, largestMagnitude } from "../magnitude";

/** Clears `count` floats. */
export function clearRow(dst: usize, count: i32): void {
  memory.fill(dst, 0, (<usize>count) << 2);
}

/** Copies `count` floats. */
export function copyRow(src: usize, dst: usize, count: i32): void {
  let c = 0;
  for (; c + 4 <= count; c += 4) {
    v128.store(dst, v128.load(src));
    src += 16;
    dst += 16;
  }
  for (; c < count; c++) {
    store<f32>(dst, load<f32>(src));
    src += 4;
    dst += 4;
  }
}

/** Adds factor * src to dst, product and sum each rounded. */
export function addRow(src: usize, factor: f32, dst: usize, count: i32): void {
  const wide = f32x4.splat(factor);
  let c = 0;
  for (; c + 4 <= count; c += 4) {
    v128.store(dst, f32x4.add(v128.load(dst), f32x4.mul(wide, v128.load(src))));
    src += 16;
    dst += 16;
  }
  for (; c < count; c++) {
    store<f32>(dst, load<f32>(dst) + factor * load<f32>(src));
    src += 4;
    dst += 4;
  }
}

/** Divides `count` floats. */
export function divideRow(dst: usize, divisor: f32, count: i32): void {
  for (let c = 0; c < count; c++) {
    store<f32>(dst, load<f32>(dst) / divisor);
    dst += 4;
  }
}

/** Finds the largest magnitude of `count` floats; NaN when one of them is. */
export function rowPeak(src: usize, count: i32): f32 {
  let wide = i32x4.splat(0);
  let c = 0;
  for (; c + 4 <= count; c += 4) {
    wide = largerMagnitude(wide, v128.load(src));
    src += 16;
  }
  let peak = largestMagnitude(wide);
  for (; c < count; c++) {
    peak = max<f32>(peak, abs<f32>(load<f32>(src)));
    src += 4;
  }
  return peak;
}

/** Finds the largest magnitude of `rows` rows of `cols` floats, cols a multiple of 8; NaN when one of them is. */
export function matrixPeak(src: usize, stride: usize, rows: i32, cols: i32): f32 {
  let wide = i32x4.splat(0);
  let other = wide;
  for (let row = 0; row < rows; row++) {
    let p = src;
    for (let c = 0; c < cols; c += 8) {
      wide = largerMagnitude(wide, v128.load(p));
      other = largerMagnitude(other, v128.load(p, 16));
      p += 32;
    }
    src += stride;
  }
  return largestMagnitude(i32x4.max_s(wide, other));
}
