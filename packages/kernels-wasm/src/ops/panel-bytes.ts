/** Bytes of the scratch of a matrix product: 256 terms of 8 floats, as assembly/ops/multiply-columns.ts has them. */
export const PANEL_BYTES: number = 256 * 8 * 4;
