// The dot product of four pairs of signed bytes, by an instruction of the device.

fn dot4(a: u32, b: u32) -> i32 {
  return dot4I8Packed(a, b);
}
