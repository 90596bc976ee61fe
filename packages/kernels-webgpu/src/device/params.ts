/** Is the value of a uniform's field: a number is an integer, `{ f32 }` a float. */
export type Param = number | boolean | { readonly f32: number };

/**
 * Writes the fields of a uniform in order, behind the zero that stands first.
 *
 * @shape words u32[a multiple of 4]: uniforms come in sixteens of bytes
 */
export function packParams(fields: readonly Param[]): Uint32Array {
  const words = new Uint32Array(4 * Math.ceil((fields.length + 1) / 4));
  const floats = new Float32Array(words.buffer);
  fields.forEach((field, k) => {
    if (typeof field === "object") floats[k + 1] = field.f32;
    else words[k + 1] = Number(field);
  });
  return words;
}
