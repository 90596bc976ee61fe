/** The parity of the key schedule of Threefry-2x32. */
const PARITY: i32 = 0x1bd11bda;

/** The two words of the last four counters that were encrypted; every thread has an instance of its own. */
let first: v128 = i32x4.splat(0);
let second: v128 = i32x4.splat(0);

@inline
function mix(x: v128, y: v128, rotation: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(y, rotation), i32x4.shr_u(y, 32 - rotation)), x);
}

/** Encrypts counters `counter` to `counter + 3` of a stream, for {@link firstUniforms} and {@link lastUniforms}. */
export function drawFour(seed: i32, stream: i32, counter: u64): void {
  const k0 = i32x4.splat(seed);
  const k1 = i32x4.splat(stream);
  const k2 = i32x4.splat(PARITY ^ seed ^ stream);
  const low = i32x4.add(i32x4.splat(<i32>counter), i32x4(0, 1, 2, 3));
  const carry = i32x4.lt_u(low, i32x4.splat(<i32>counter));
  let x = i32x4.add(low, k0);
  let y = i32x4.add(i32x4.sub(i32x4.splat(<i32>(counter >> 32)), carry), k1);
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
  first = x;
  second = y;
}

/** Gives the uniform numbers of the first two counters, as core's uniformAt. */
@inline
export function firstUniforms(): v128 {
  return toUniforms(first, second);
}

/** Gives the uniform numbers of the last two counters. */
@inline
export function lastUniforms(): v128 {
  return toUniforms(v128.shuffle<i64>(first, first, 1, 0), v128.shuffle<i64>(second, second, 1, 0));
}

@inline
function toUniforms(upper: v128, lower: v128): v128 {
  const high = f64x2.mul(f64x2.convert_low_i32x4_u(upper), f64x2.splat(2097152));
  const all = f64x2.add(high, f64x2.convert_low_i32x4_u(i32x4.shr_u(lower, 11)));
  return f64x2.mul(all, f64x2.splat(1.0 / 9007199254740992.0));
}

/** Stores the words of the last four counters, both of a counter together. */
@inline
export function storeFour(to: usize): void {
  v128.store(to, v128.shuffle<i32>(first, second, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<i32>(first, second, 2, 6, 3, 7), 16);
}
