// Reads weights out of packed rows: needs `params` with the fields of a packed format, and `codes`, `scale`, `bias`.

fn code_at(row: u32, col: u32) -> u32 {
  let bit = row * params.row_bytes * 8u + col * params.bits;
  let word = bit >> 5u;
  let shift = bit & 31u;
  var code = codes[word] >> shift;
  if (shift + params.bits > 32u) { code |= codes[word + 1u] << (32u - shift); }
  return code & ((1u << params.bits) - 1u);
}

fn packed_weight(row: u32, col: u32) -> f32 {
  let code = i32(code_at(row, col));
  let slot = row * params.scale_step + col / params.span_cols;
  var multiple = code - params.code_offset;
  if (params.sign != 0u) { multiple = 2 * code - 1; }
  let product = exact(f32(multiple) * scale[slot]);
  if (params.biased == 0u) { return product; }
  return exact(product + bias[slot]);
}
