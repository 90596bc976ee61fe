// The dot product of four pairs of signed bytes, where WGSL has no word for it.

fn dot4(a: u32, b: u32) -> i32 {
  var sum = 0;
  for (var k = 0u; k < 32u; k += 8u) { sum += extractBits(bitcast<i32>(a), k, 8u) * extractBits(bitcast<i32>(b), k, 8u); }
  return sum;
}
