// Products of floats that were rounded to f16; those beyond its range become its largest, and NaN stays NaN.

alias Factor = f16;

fn factor(x: f32) -> f16 {
  return f16(select(clamp(x, -65504.0, 65504.0), x, is_nan(x)));
}

//! matrix-tile
