/** The parity of the key schedule of Threefry-2x32. */
const PARITY: i32 = 0x1bd11bda;

// @ts-ignore: decorator
@inline
function mix(x: v128, y: v128, rotation: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(y, rotation), i32x4.shr_u(y, 32 - rotation)), x);
}

/**
 * Gives two uniform numbers of a stream, those at counter and counter + 1, as core's uniformAt.
 *
 * Lanes hold the counters; two of the four are spare.
 */
export function uniformLanes(seed: i32, stream: i32, counter: u64): v128 {
  const next = counter + 1;
  const k0 = i32x4.splat(seed);
  const k1 = i32x4.splat(stream);
  const k2 = i32x4.splat(PARITY ^ seed ^ stream);
  let x = i32x4.add(i32x4(<i32>counter, <i32>next, 0, 0), k0);
  let y = i32x4.add(i32x4(<i32>(counter >> 32), <i32>(next >> 32), 0, 0), k1);
  for (let group = 0; group < 5; group++) {
    const even = (group & 1) == 0;
    x = i32x4.add(x, y);
    y = mix(x, y, even ? 13 : 17);
    x = i32x4.add(x, y);
    y = mix(x, y, even ? 15 : 29);
    x = i32x4.add(x, y);
    y = mix(x, y, even ? 26 : 16);
    x = i32x4.add(x, y);
    y = mix(x, y, even ? 6 : 24);
    const turn = group % 3;
    x = i32x4.add(x, turn == 0 ? k1 : turn == 1 ? k2 : k0);
    y = i32x4.add(i32x4.add(y, turn == 0 ? k2 : turn == 1 ? k0 : k1), i32x4.splat(group + 1));
  }
  const upper = f64x2.mul(f64x2.convert_low_i32x4_u(x), f64x2.splat(2097152));
  const all = f64x2.add(upper, f64x2.convert_low_i32x4_u(i32x4.shr_u(y, 11)));
  return f64x2.mul(all, f64x2.splat(1.0 / 9007199254740992.0));
}
