// Writes the weights of the rows that lie in one shard of a table to the places of their positions.

struct Params {
  zero: u32,
  positions: u32,
  cols: u32,
  first_row: u32,
  rows: u32,
  bits: u32,
  row_bytes: u32,
  span_cols: u32,
  scale_step: u32,
  code_offset: i32,
  sign: u32,
  biased: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> dst: array<f32>;

//! packed-row

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  zero = params.zero;
  let place = place_of(group, groups, local);
  if (place >= params.positions * params.cols) { return; }
  let position = place / params.cols;
  let col = place % params.cols;
  let row = indices[position];
  if (row < params.first_row || row - params.first_row >= params.rows) { return; }
  dst[place] = packed_weight(row - params.first_row, col);
}
