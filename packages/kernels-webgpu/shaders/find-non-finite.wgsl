// Raises a flag where a number is NaN or infinite.

struct Params {
  zero: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> found: atomic<u32>;

@compute @workgroup_size(GROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let place = place_of(group, groups, local);
  if (place >= params.count) { return; }
  if (!is_finite(src[place])) { atomicOr(&found, 1u); }
}
