// Pools float rows: one invocation for each column of each bag.

struct Params {
  zero: u32,
  bags: u32,
  cols: u32,
  stride: u32,
  offset: u32,
  mean: u32,
  weighted: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> dst: array<f32>;

fn row_weight(row: u32, col: u32) -> f32 {
  return table[row * params.cols + col];
}

//! pooled-rows
