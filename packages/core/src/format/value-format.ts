import { DqrmError } from "../errors.ts";

/** Names the ways to send a value. */
export type ValueCodingName =
  "float32" | "bfloat16" | "float16" | "int16" | "int8" | "int4" | "ternary" | "sign";

/**
 * Numbers the ways to send a value, on the wire and in compiled kernels.
 *
 * ```ts doctest
 * import { VALUE_CODING_NUMBERS } from "@dqrm/core";
 * VALUE_CODING_NUMBERS.int4; // => 3
 * ```
 */
export const VALUE_CODING_NUMBERS: Readonly<Record<ValueCodingName, number>> = {
  float32: 0,
  int8: 1,
  int16: 2,
  int4: 3,
  ternary: 4,
  sign: 5,
  bfloat16: 6,
  float16: 7,
};

/**
 * Says which values of a payload share a scale: all, those of a row, or as many neighbours as `values` says, a power of two
 * from 16 to 65536.
 */
export type ScaleGroups =
  | { readonly kind: "tensor" }
  | { readonly kind: "row" }
  | { readonly kind: "block"; readonly values: number };

/** Fixes how values become bytes. */
export interface ValueFormat {
  readonly values: ValueCodingName;
  /** Which values share a scale; floats have none, but for float16. */
  readonly scale: ScaleGroups;
}

/** Says where the parts of some values stand: the scales of all groups, then the codes. */
export interface ValueLayout {
  /** Values that share a scale; at least 1. */
  readonly groupValues: number;
  /** Bytes of one scale: 4 for an f32, 2 for a bfloat16, 0 where values have none. */
  readonly scaleStride: number;
  readonly scaleBytes: number;
  readonly codeBytes: number;
}

/** Codes that fill a byte, or the bytes of a code. */
const CODES: Readonly<Record<ValueCodingName, { readonly perByte: number; readonly bytes: number }>> = {
  float32: { perByte: 1, bytes: 4 },
  bfloat16: { perByte: 1, bytes: 2 },
  float16: { perByte: 1, bytes: 2 },
  int16: { perByte: 1, bytes: 2 },
  int8: { perByte: 1, bytes: 1 },
  int4: { perByte: 2, bytes: 1 },
  ternary: { perByte: 5, bytes: 1 },
  sign: { perByte: 8, bytes: 1 },
};

const UNSCALED: readonly ValueCodingName[] = ["float32", "bfloat16"];

const MIN_BLOCK_LOG2 = 4;
const MAX_BLOCK_LOG2 = 16;
const ROW = 1;

/**
 * Checks a grouping that a caller wrote.
 *
 * @throws VALUE when a block is no power of two from 16 to 65536
 */
export function checkScaleGroups(op: string, groups: ScaleGroups): void {
  if (groups.kind !== "block" || scaleGroupsNumber(groups) >= MIN_BLOCK_LOG2) return;
  const expected = `a power of two from ${2 ** MIN_BLOCK_LOG2} to ${2 ** MAX_BLOCK_LOG2}`;
  throw new DqrmError("VALUE", { op, what: "block", expected, actual: String(groups.values) });
}

/**
 * Gives the number of a grouping on the wire: 0 tensor, 1 row, 4 to 16 a block of 2^number values; −1 for none.
 *
 * ```ts doctest
 * import { scaleGroupsNumber } from "@dqrm/core";
 * scaleGroupsNumber({ kind: "block", values: 512 }); // => 9
 * ```
 */
export function scaleGroupsNumber(groups: ScaleGroups): number {
  if (groups.kind === "tensor") return 0;
  if (groups.kind === "row") return ROW;
  const log2 = Math.log2(groups.values);
  return Number.isInteger(log2) && log2 >= MIN_BLOCK_LOG2 && log2 <= MAX_BLOCK_LOG2 ? log2 : -1;
}

/**
 * Counts the bytes of count × cols values, as the kernel `encodeValues` writes them.
 *
 * ```ts doctest
 * import { valueLayout } from "@dqrm/core";
 * valueLayout({ values: "int4", scale: { kind: "row" } }, 2, 5).scaleBytes; // => 8
 * valueLayout({ values: "int4", scale: { kind: "row" } }, 2, 5).codeBytes; // => 5
 * ```
 */
export function valueLayout({ scale, values }: ValueFormat, count: number, cols: number): ValueLayout {
  const total = count * cols;
  const { bytes, perByte } = CODES[values];
  const groupValues =
    scale.kind === "tensor" ? Math.max(1, total) : scale.kind === "row" ? cols : scale.values;
  const scaleStride = UNSCALED.includes(values) ? 0 : scale.kind === "block" ? 2 : 4;
  return {
    groupValues,
    scaleStride,
    scaleBytes: scaleStride * Math.ceil(total / groupValues),
    codeBytes: Math.ceil(total / perByte) * bytes,
  };
}

/** Coded bytes that stand for more than so many times their number are not written, and refused. */
export const MAX_EXPANSION = 256;

/** A table of frequencies names at most 256 symbols, each with two bytes of frequency; 32 states have 4 bytes each. */
const MAX_TABLE_BYTES: number = 2 + 256 * 3 + 128;

/**
 * Bounds what the kernel `encodeBytes` writes to on its way, however few bytes it ends up with.
 *
 * ```ts doctest
 * import { maxEncodedBytes } from "@dqrm/core";
 * maxEncodedBytes(1000); // => 1898
 * ```
 */
export function maxEncodedBytes(count: number): number {
  return MAX_TABLE_BYTES + count;
}
