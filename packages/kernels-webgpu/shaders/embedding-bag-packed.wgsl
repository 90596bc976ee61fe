// Pools packed rows, read in place: one invocation for each column of each bag.

struct Params {
  zero: u32,
  bags: u32,
  cols: u32,
  stride: u32,
  offset: u32,
  mean: u32,
  weighted: u32,
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
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> dst: array<f32>;
@group(0) @binding(6) var<storage, read> scale: array<f32>;
@group(0) @binding(7) var<storage, read> bias: array<f32>;

//! packed-row

fn row_weight(row: u32, col: u32) -> f32 {
  return packed_weight(row, col);
}

//! pooled-rows
