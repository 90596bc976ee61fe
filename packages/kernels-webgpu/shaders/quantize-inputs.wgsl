// Rounds each row of a matrix to codes of 8 bits by its own peak: one workgroup for each row, four codes in a word. Rows
// without sign have 255 steps and are stored 128 lower, so that their codes have a sign too.

struct Params {
  zero: u32,
  rows: u32,
  cols: u32,
  stride: u32,
  words: u32,
  unsigned: u32,
  groups_across: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> codes: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<f32>;

var<workgroup> peaks: array<f32, GROUP>;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = group.y * params.groups_across + group.x;
  let live = row < params.rows;
  var peak = 0.0;
  if (live) {
    for (var col = local; col < params.cols; col += GROUP) { peak = max(peak, abs(src[row * params.stride + col])); }
  }
  peaks[local] = peak;
  workgroupBarrier();
  for (var half = GROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { peaks[local] = max(peaks[local], peaks[local + half]); }
    workgroupBarrier();
  }
  if (!live) { return; }
  let levels = select(127.0, 255.0, params.unsigned != 0u);
  let shift = select(0.0, 128.0, params.unsigned != 0u);
  let top = peaks[0];
  let inverse = select(0.0, levels / top, top > 0.0);
  if (local == 0u) { scales[row] = top / levels; }
  for (var word = local; word < params.words; word += GROUP) {
    var packed = 0u;
    for (var k = 0u; k < 4u; k++) {
      let col = 4u * word + k;
      if (col < params.cols) {
        let code = round(clamp(src[row * params.stride + col] * inverse, -levels, levels)) - shift;
        packed |= (u32(i32(code)) & 255u) << (8u * k);
      }
    }
    codes[row * params.words + word] = packed;
  }
}
