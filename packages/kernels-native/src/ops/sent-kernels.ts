/** Lists the kernels of values that are sent, as {@link NativeKernels} lists the others. */
export interface SentKernels {
  /** Gives the position behind what was written. */
  encodeValues(
    rows: Int32Array,
    values: Float32Array,
    count: number,
    cols: number,
    seed: number,
    stream: number,
    out: Uint8Array,
    at: number,
    coding: number,
    groups: number,
    stochastic: boolean,
  ): number;
  /** Gives the position behind what was written. */
  encodeWithFeedback(
    rows: Int32Array,
    gradient: Float32Array,
    residual: Float32Array,
    count: number,
    cols: number,
    seed: number,
    stream: number,
    out: Uint8Array,
    at: number,
    left: Float32Array,
    coding: number,
    groups: number,
    stochastic: boolean,
  ): number;
  /** Gives 1 for values, 0 for bytes that are none. */
  decodeValues(
    scales: Uint8Array,
    scalesAt: number,
    codes: Uint8Array,
    codesAt: number,
    count: number,
    cols: number,
    values: Float32Array,
    coding: number,
    groups: number,
  ): number;
  /** Gives the bytes written. */
  encodeBytes(src: Uint8Array, begin: number, end: number, out: Uint8Array, at: number): number;
  /** Gives 1 for bytes, 0 when there are none or others. */
  decodeBytes(src: Uint8Array, begin: number, end: number, dst: Uint8Array, count: number): number;
  checksum(bytes: Uint8Array, begin: number, end: number, previous: number): number;
}
