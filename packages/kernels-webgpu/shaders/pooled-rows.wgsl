// Pools rows, one invocation for each column of each bag: needs `params` with the fields of bags, `indices`, `offsets`,
// `weights`, `dst`, and row_weight().

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  zero = params.zero;
  let place = place_of(group, groups, local);
  if (place >= params.bags * params.cols) { return; }
  let bag = place / params.cols;
  let col = place % params.cols;
  let first = offsets[bag];
  let last = offsets[bag + 1u];
  var sum = 0.0;
  for (var position = first; position < last; position++) {
    var term = row_weight(indices[position], col);
    if (params.weighted != 0u) { term = exact(weights[position] * term); }
    sum = exact(sum + term);
  }
  if (params.mean != 0u && last - first > 1u) { sum = divide(sum, f32(last - first)); }
  dst[bag * params.stride + params.offset + col] = sum;
}
