import { createRandom } from "../random/random.ts";

/** Bytes on either side of an array: no multiple of 16, so that vector code meets unaligned views. */
const MARGIN_BYTES = 72;

/** A byte that no kernel writes by chance in every position of a number. */
const CANARY = 0xa5;

/** Holds an array for a kernel to write, with canaries before and behind it. */
export interface Guarded<View> {
  readonly view: View;
  /** Expects the canaries to live. */
  check(): void;
}

/** Allocates guarded floats, all NaN: whatever a kernel forgets to overwrite, or adds to, stays visible. */
export function guardedFloats(length: number): Guarded<Float32Array> {
  const { buffer, check } = guard(4 * length);
  return { view: new Float32Array(buffer, MARGIN_BYTES, length).fill(Number.NaN), check };
}

/** Allocates guarded doubles, all NaN. */
export function guardedDoubles(length: number): Guarded<Float64Array> {
  const { buffer, check } = guard(8 * length);
  return { view: new Float64Array(buffer, MARGIN_BYTES, length).fill(Number.NaN), check };
}

/** Allocates guarded bytes, all bits set: a kernel must clear what it does not use. */
export function guardedBytes(length: number): Guarded<Uint8Array> {
  const { buffer, check } = guard(length);
  return { view: new Uint8Array(buffer, MARGIN_BYTES, length).fill(0xff), check };
}

/** Allocates guarded codes, all bits set. */
export function guardedCodes(length: number): Guarded<Uint16Array> {
  const { buffer, check } = guard(2 * length);
  return { view: new Uint16Array(buffer, MARGIN_BYTES, length).fill(0xffff), check };
}

/** Copies numbers into a view that starts inside a larger buffer, surrounded by NaN that no kernel may read. */
export function floatsFrom(values: ArrayLike<number>): Float32Array {
  const around = new Float32Array(values.length + 6).fill(Number.NaN);
  const view = around.subarray(3, 3 + values.length);
  view.set(values);
  return view;
}

const drawn = new Map<string, Float32Array>();

/** Gives normally distributed floats from a seed, each time in an array of their own. */
export function normals(seed: number, length: number, deviation = 1): Float32Array {
  const key = `${seed} ${length} ${deviation}`;
  const known = drawn.get(key);
  if (known !== undefined) return floatsFrom(known);
  const random = createRandom({ seed, stream: 0x636f6e66 });
  const values = Float32Array.from({ length }, () => deviation * random.normal());
  drawn.set(key, values);
  return floatsFrom(values);
}

/** Gives the magnitudes of numbers; an op over magnitudes yields Σ|term|, of which its error bound is made. */
export function magnitudes(values: Float32Array): Float32Array {
  return values.map(Math.abs);
}

function guard(bytes: number): { readonly buffer: ArrayBuffer; check(): void } {
  const buffer = new ArrayBuffer(bytes + 2 * MARGIN_BYTES);
  const all = new Uint8Array(buffer).fill(CANARY);
  return {
    buffer,
    check() {
      for (let i = 0; i < MARGIN_BYTES; i++) {
        if (all[i] !== CANARY) throw new Error("a byte before the result changed, expected it untouched");
        if (all[MARGIN_BYTES + bytes + i] !== CANARY) {
          throw new Error("a byte behind the result changed, expected it untouched");
        }
      }
    },
  };
}
