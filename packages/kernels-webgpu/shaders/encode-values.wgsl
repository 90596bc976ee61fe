// Codes values in 8 bits by the scales of their groups: one invocation for four codes. The quotient is found digit by
// digit from the significands, since neither it nor its half may be off by a bit.

struct Params {
  zero: u32,
  total: u32,
  group_values: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;

// The significand of a positive float in 24 bits, the highest of them 1, and the power of two behind it.
fn parts(bits: u32) -> vec2<i32> {
  let exponent = i32((bits >> 23u) & 255u);
  let fraction = bits & 0x7fffffu;
  if (exponent > 0) { return vec2(i32(fraction | 0x800000u), exponent); }
  let missing = i32(countLeadingZeros(fraction)) - 8;
  return vec2(i32(fraction << u32(missing)), 1 - missing);
}

fn code_of(value: u32, scale: u32) -> u32 {
  let magnitude = value & 0x7fffffffu;
  if (magnitude == 0u || scale == 0u) { return 0u; }
  let a = parts(magnitude);
  let b = parts(scale);
  let digits = a.y - b.y;
  // Below a quarter of the scale: 0. Above 256 scales, which no value of its group is: the largest code.
  if (digits < -2) { return 0u; }
  var quotient = 0u;
  var rest = u32(a.x);
  let divisor = u32(b.x);
  if (digits > 8) { quotient = 127u; }
  else {
    for (var digit = 0; digit <= digits; digit++) {
      quotient <<= 1u;
      if (rest >= divisor) {
        rest -= divisor;
        quotient |= 1u;
      }
      if (digit < digits) { rest <<= 1u; }
    }
    // Twice what is left against the divisor tells above from below a half.
    let double_rest = rest << 1u;
    var compared = divisor;
    if (digits < 0) { compared = divisor << u32(-digits); }
    if (double_rest > compared || (double_rest == compared && (quotient & 1u) == 1u)) { quotient++; }
  }
  let code = i32(min(quotient, 127u));
  return u32(select(code, -code, (value >> 31u) == 1u)) & 255u;
}

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = place_of(group, groups, local);
  if (4u * word >= params.total) { return; }
  var packed = 0u;
  for (var k = 0u; k < 4u; k++) {
    let place = 4u * word + k;
    if (place < params.total) {
      packed |= code_of(values[place], scales[place / params.group_values]) << (8u * k);
    }
  }
  codes[word] = packed;
}
