// Stands before every shader: the place of an invocation, and arithmetic that rounds as its contract says.

// Invocations of a workgroup of one dimension.
const GROUP = 64u;

// Is 0 at run time, set from the parameters by every entry that calls `exact`; no compiler knows that.
var<private> zero: u32;

// A compiler may fuse a product and a sum, or reorder sums. It cannot see through this: x is rounded to f32 here.
fn exact(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ zero);
}

// WGSL lets a compiler assume that floats are finite, so that only their bits tell.
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// Work is laid out in one dimension, and cut into rows of workgroups where it is longer than one row may be.
fn place_of(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
  return (group.y * groups.x + group.x) * GROUP + local;
}

// Division of WGSL errs by 2.5 ulp. This one is a division of the significands digit by digit, correctly rounded,
// for normal operands and quotients; others are left to the language.
fn divide(a: f32, b: f32) -> f32 {
  let bits_a = bitcast<u32>(a);
  let bits_b = bitcast<u32>(b);
  let exponent_a = (bits_a >> 23u) & 255u;
  let exponent_b = (bits_b >> 23u) & 255u;
  if (exponent_a == 0u || exponent_b == 0u || exponent_a == 255u || exponent_b == 255u) { return a / b; }
  let divisor = (bits_b & 0x7fffffu) | 0x800000u;
  var rest = (bits_a & 0x7fffffu) | 0x800000u;
  var exponent = i32(exponent_a) - i32(exponent_b) + 127;
  if (rest < divisor) {
    rest <<= 1u;
    exponent -= 1;
  }
  if (exponent < 1 || exponent > 253) { return a / b; }
  var quotient = 0u;
  for (var digit = 0u; digit < 25u; digit++) {
    quotient <<= 1u;
    if (rest >= divisor) {
      rest -= divisor;
      quotient |= 1u;
    }
    rest <<= 1u;
  }
  let half = quotient & 1u;
  quotient >>= 1u;
  if (half == 1u && (rest != 0u || (quotient & 1u) == 1u)) { quotient += 1u; }
  // A carry out of the significand raises the exponent, as it must.
  let magnitude = (u32(exponent - 1) << 23u) + quotient;
  return bitcast<f32>(magnitude | ((bits_a ^ bits_b) & 0x80000000u));
}
