// Overwrites c with activation(a·b + bias), for matrices of any layout: the element of a in row m and term k lies at
// a_first + m × a_row + k × a_term, that of b in term k and column n at k × b_term + n × b_column, a row of c begins
// at m × c_row. A workgroup computes a tile of
// 32 × 32, an invocation 4 × 4 of it. What is multiplied is a Factor, which factor() makes of a float; sums are f32.

struct Params {
  zero: u32,
  rows: u32,
  columns: u32,
  terms: u32,
  a_first: u32,
  a_row: u32,
  a_term: u32,
  b_term: u32,
  b_column: u32,
  c_row: u32,
  biased: u32,
  // 0 none, 1 relu, 2 sigmoid
  activation: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

const TILE = 32u;
const DEPTH = 16u;

var<workgroup> a_tile: array<array<Factor, 32>, 16>;
var<workgroup> b_tile: array<array<Factor, 32>, 16>;

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
  let first_row = group.y * TILE;
  let first_column = group.x * TILE;
  var sums: array<vec4<f32>, 4>;
  for (var first_term = 0u; first_term < params.terms; first_term += DEPTH) {
    for (var place = index; place < TILE * DEPTH; place += 64u) {
      // Neighbours read neighbouring elements, whichever way the matrix lies.
      let a_along = params.a_term == 1u;
      let am = select(place % TILE, place / DEPTH, a_along);
      let ak = select(place / TILE, place % DEPTH, a_along);
      let row = first_row + am;
      let a_k = first_term + ak;
      var x = 0.0;
      if (row < params.rows && a_k < params.terms) { x = a[params.a_first + row * params.a_row + a_k * params.a_term]; }
      a_tile[ak][am] = factor(x);
      let b_along = params.b_term == 1u;
      let bn = select(place % TILE, place / DEPTH, b_along);
      let bk = select(place / TILE, place % DEPTH, b_along);
      let column = first_column + bn;
      let b_k = first_term + bk;
      var y = 0.0;
      if (column < params.columns && b_k < params.terms) { y = b[b_k * params.b_term + column * params.b_column]; }
      b_tile[bk][bn] = factor(y);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let m = 4u * local.y;
      let n = 4u * local.x;
      let right = vec4<f32>(vec4(b_tile[k][n], b_tile[k][n + 1u], b_tile[k][n + 2u], b_tile[k][n + 3u]));
      for (var i = 0u; i < 4u; i++) { sums[i] += f32(a_tile[k][m + i]) * right; }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      let row = first_row + 4u * local.y + i;
      let column = first_column + 4u * local.x + j;
      if (row >= params.rows || column >= params.columns) { continue; }
      var sum = sums[i][j];
      if (params.biased != 0u) { sum += bias[column]; }
      c[row * params.c_row + column] = activated(sum);
    }
  }
}
