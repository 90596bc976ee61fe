/** Names the arrays of the examples. */
export type Numbers = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;
export type Arrays = Readonly<Record<string, Numbers>>;

/** Gives numbers of both signs, all different enough to tell a mixed-up order. */
export const floats = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => ((i * 7) % 11) - 4.5);
/** Gives ones. */
export const ones = (length: number): Float32Array => new Float32Array(length).fill(1);

/** An array of an example under the type that the op declares; a hostile test may have put another there. */
export const f32 = (arrays: Arrays, name: string): Float32Array => arrays[name] as Float32Array;
export const i32 = (arrays: Arrays, name: string): Int32Array => arrays[name] as Int32Array;
export const u8 = (arrays: Arrays, name: string): Uint8Array => arrays[name] as Uint8Array;
export const u16 = (arrays: Arrays, name: string): Uint16Array => arrays[name] as Uint16Array;
