// Products of a single row, for a call that brings one sample: a tile of 4 rows would compute three for nothing.

/**
 * Overwrites one row as multiplyPanels does, to the same bits: 32 columns at a time, whose 8 sums hide the latency of
 * an addition as the 4 rows of a tile do.
 */
export function multiplyRowByPanels(
  a: usize,
  b: usize,
  panelStride: usize,
  k: i32,
  panels: i32,
  c: usize,
  bias: usize,
  floor: f32,
): void {
  const least = f32x4.splat(floor);
  let panel = 0;
  for (; panel + 4 <= panels; panel += 4) {
    let x = a;
    let p0 = b;
    let p1 = p0 + panelStride;
    let p2 = p1 + panelStride;
    let p3 = p2 + panelStride;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    let s6 = s0;
    let s7 = s0;
    for (let i = 0; i < k; i++) {
      const factor = v128.load_splat<f32>(x);
      s0 = f32x4.add(s0, f32x4.mul(factor, v128.load(p0)));
      s1 = f32x4.add(s1, f32x4.mul(factor, v128.load(p0, 16)));
      s2 = f32x4.add(s2, f32x4.mul(factor, v128.load(p1)));
      s3 = f32x4.add(s3, f32x4.mul(factor, v128.load(p1, 16)));
      s4 = f32x4.add(s4, f32x4.mul(factor, v128.load(p2)));
      s5 = f32x4.add(s5, f32x4.mul(factor, v128.load(p2, 16)));
      s6 = f32x4.add(s6, f32x4.mul(factor, v128.load(p3)));
      s7 = f32x4.add(s7, f32x4.mul(factor, v128.load(p3, 16)));
      x += 4;
      p0 += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    }
    storeFinished(s0, s1, bias, least, c);
    storeFinished(s2, s3, bias + 32, least, c + 32);
    storeFinished(s4, s5, bias + 64, least, c + 64);
    storeFinished(s6, s7, bias + 96, least, c + 96);
    b += panelStride << 2;
    c += 128;
    bias += 128;
  }
  for (; panel < panels; panel++) {
    let x = a;
    let p = b;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (let i = 0; i < k; i++) {
      const factor = v128.load_splat<f32>(x);
      s0 = f32x4.add(s0, f32x4.mul(factor, v128.load(p)));
      s1 = f32x4.add(s1, f32x4.mul(factor, v128.load(p, 16)));
      x += 4;
      p += 32;
    }
    storeFinished(s0, s1, bias, least, c);
    b += panelStride;
    c += 32;
    bias += 32;
  }
}

@inline
function storeFinished(low: v128, high: v128, bias: usize, least: v128, dst: usize): void {
  v128.store(dst, f32x4.pmax(f32x4.add(low, v128.load(bias)), least));
  v128.store(dst, f32x4.pmax(f32x4.add(high, v128.load(bias, 16)), least), 16);
}
