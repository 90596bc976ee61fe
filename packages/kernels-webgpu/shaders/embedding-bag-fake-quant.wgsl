// Pools float rows as they would be read from symmetric codes: one invocation for each column of each bag.

struct Params {
  zero: u32,
  bags: u32,
  cols: u32,
  stride: u32,
  offset: u32,
  mean: u32,
  weighted: u32,
  span_cols: u32,
  // Whether `scale` holds the one scale of the table; else a span's own peak decides.
  given: u32,
  // 2^(bits − 1)
  half: f32,
  min_peak: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> dst: array<f32>;
@group(0) @binding(6) var<storage, read> scale: array<f32>;

//! fake-quantized

fn scale_of(row: u32, col: u32) -> f32 {
  let first = (col / params.span_cols) * params.span_cols;
  let last = min(first + params.span_cols, params.cols);
  var peak = params.min_peak;
  for (var c = first; c < last; c++) { peak = max(peak, abs(table[row * params.cols + c])); }
  return divide(peak, max(params.half - 1.0, 1.0));
}

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
  var step = scale[0];
  var inverse = divide(1.0, step);
  var sum = 0.0;
  for (var position = first; position < last; position++) {
    let row = indices[position];
    if (params.given == 0u) {
      step = scale_of(row, col);
      inverse = divide(1.0, step);
    }
    var term = fake_quantized(table[row * params.cols + col], step, inverse, params.half);
    if (params.weighted != 0u) { term = exact(weights[position] * term); }
    sum = exact(sum + term);
  }
  if (params.mean != 0u && last - first > 1u) { sum = divide(sum, f32(last - first)); }
  dst[bag * params.stride + params.offset + col] = sum;
}
