/** Maps the element types that a file may hold here to the arrays that view them. */
export interface TensorArrays {
  readonly U8: Uint8Array;
  readonly I8: Int8Array;
  readonly U16: Uint16Array;
  readonly I16: Int16Array;
  readonly U32: Uint32Array;
  readonly I32: Int32Array;
  readonly F32: Float32Array;
  readonly F64: Float64Array;
}

/** Names an element type. */
export type TensorDtype = keyof TensorArrays;

/** Gives the bytes of one element of each {@link TensorDtype}. */
export const DTYPE_BYTES: { readonly [D in TensorDtype]: number } = {
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  F64: 8,
};

/** Describes a tensor before there is data for it. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
}

/** Holds one tensor: its name, type, shape and a view of its elements in row-major order. */
export type Tensor = {
  [D in TensorDtype]: {
    readonly name: string;
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: TensorArrays[D];
  };
}[TensorDtype];

/**
 * Tells whether a text names an element type that is read here.
 */
export function isTensorDtype(text: unknown): text is TensorDtype {
  return typeof text === "string" && Object.hasOwn(DTYPE_BYTES, text);
}

/**
 * Counts the bytes of a tensor, or answers undefined when the count is no safe integer.
 *
 * @shape shape: integers >= 0, none at all for a scalar
 */
export function tensorBytes(dtype: TensorDtype, shape: readonly number[]): number | undefined {
  let bytes = DTYPE_BYTES[dtype];
  for (const extent of shape) bytes *= extent;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
