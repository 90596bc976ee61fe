// Copies the float rows that lie in one shard of a table to the places of their positions.

struct Params {
  zero: u32,
  positions: u32,
  cols: u32,
  first_row: u32,
  rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let place = place_of(group, groups, local);
  if (place >= params.positions * params.cols) { return; }
  let row = indices[place / params.cols];
  if (row < params.first_row || row - params.first_row >= params.rows) { return; }
  dst[place] = table[(row - params.first_row) * params.cols + place % params.cols];
}
