// Overwrites c with activation((a·bᵀ) scaled + bias) for rows of 8-bit codes, four in a word; sums are exact in 32 bits.

struct Params {
  zero: u32,
  rows: u32,
  columns: u32,
  words: u32,
  c_row: u32,
  // Whether the codes of a are stored 128 lower.
  unsigned: u32,
  // 0 none, 1 relu, 2 sigmoid
  activation: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> a_scales: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<u32>;
@group(0) @binding(4) var<storage, read> b_scales: array<f32>;
// The sum of the codes of each row of b.
@group(0) @binding(5) var<storage, read> b_sums: array<i32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> c: array<f32>;

const TILE = 8u;
const DEPTH = 32u;

var<workgroup> a_tile: array<u32, 256>;
var<workgroup> b_tile: array<u32, 256>;

fn activated(x: f32) -> f32 {
  if (params.activation == 0u || is_nan(x)) { return x; }
  if (params.activation == 1u) { return max(x, 0.0); }
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let row = group.y * TILE + local.y;
  let column = group.x * TILE + local.x;
  var sum = 0;
  for (var first = 0u; first < params.words; first += DEPTH) {
    for (var place = index; place < TILE * DEPTH; place += 64u) {
      let word = first + place % DEPTH;
      let m = group.y * TILE + place / DEPTH;
      let n = group.x * TILE + place / DEPTH;
      let inside = word < params.words;
      a_tile[place] = select(0u, a[m * params.words + word], inside && m < params.rows);
      b_tile[place] = select(0u, b[n * params.words + word], inside && n < params.columns);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) { sum += dot4(a_tile[local.y * DEPTH + k], b_tile[local.x * DEPTH + k]); }
    workgroupBarrier();
  }
  if (row >= params.rows || column >= params.columns) { return; }
  if (params.unsigned != 0u) { sum += 128 * b_sums[column]; }
  c[row * params.c_row + column] = activated(f32(sum) * (a_scales[row] * b_scales[column]) + bias[column]);
}
