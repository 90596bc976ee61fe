// Steps the rows of a gradient, all distinct, so that no two invocations write one number.

struct Params {
  zero: u32,
  rows: u32,
  cols: u32,
  // The rows of the table that are in this shard.
  first_row: u32,
  shard_rows: u32,
  rate: f32,
  // What the rate lacks to its double.
  rate_rest: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
// Not 0 where a gradient is not finite: then nothing may change.
@group(0) @binding(3) var<storage, read> refusal: array<u32>;
@group(0) @binding(4) var<storage, read_write> table: array<f32>;

//! two-floats

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  zero = params.zero;
  let place = place_of(group, groups, local);
  if (place >= params.rows * params.cols) { return; }
  if (refusal[0] != 0u) { return; }
  let row = rows[place / params.cols];
  if (row < params.first_row || row - params.first_row >= params.shard_rows) { return; }
  let at = (row - params.first_row) * params.cols + place % params.cols;
  table[at] = stepped(table[at], vec2(params.rate, params.rate_rest), gradient[place]);
}
