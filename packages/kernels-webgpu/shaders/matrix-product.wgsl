// Products of floats.

alias Factor = f32;

fn factor(x: f32) -> f32 {
  return x;
}

//! matrix-tile
