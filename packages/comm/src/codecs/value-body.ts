import {
  createKernels,
  maxEncodedBytes,
  reference,
  valueLayout,
  type Kernels,
  type RandomKey,
  type ScaleGroups,
  type ValueCodingName,
} from "@dqrm/core";
import type { Feedback } from "../section.ts";
import type { SortedRows } from "./sorted-rows.ts";
import { prepareValueReader } from "./value-reader.ts";
import { prepareValueWriter } from "./value-writer.ts";

/** Fixes how values are sent. */
export interface ValueBodyOptions {
  readonly values: ValueCodingName;
  readonly groups: ScaleGroups;
  readonly rounding: "nearest" | "stochastic";
  /** Codes bytes by their frequency where that makes them fewer. */
  readonly entropy: boolean;
  readonly kernels: Kernels;
}

/** Holds rows with their counts. */
export interface ShapedRows extends SortedRows {
  readonly count: number;
  readonly cols: number;
}

/** Says where the bytes of values stand, how many there are, and whether they are coded by frequency. */
export interface ValueSource {
  readonly bytes: Uint8Array;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  readonly cols: number;
  readonly coded: boolean;
}

/** Says where values ended, and whether their bytes are coded by frequency. */
export interface WrittenValues {
  readonly end: number;
  readonly coded: boolean;
}

/** Says how values are encoded. */
export interface ValueEncoding {
  readonly key: RandomKey;
  /** Filled with the values that a reader will have, where it is given. */
  readonly sent?: Float32Array | undefined;
  /** What was lost before is added to the values, where it is given. */
  readonly feedback?: Feedback | undefined;
}

/** Writes and reads values: first the scales of all groups, then the codes. */
export interface ValueBody {
  maxBytes(count: number, cols: number): number;
  /** @throws NON_FINITE */
  encode(rows: ShapedRows, out: Uint8Array, at: number, how: ValueEncoding): WrittenValues;
  /**
   * Fills the array that `reserve` gives for count × cols values, or answers why the bytes are none; nothing is reserved before
   * the bytes are known to hold so many.
   */
  decode(source: ValueSource, reserve: (values: number) => Float32Array): string | undefined;
}

/** Gives the kernels of a caller, or the plain loops of the reference. */
export function kernelsOr(kernels: Kernels | undefined): Kernels {
  return kernels ?? createKernels([reference]);
}

/** Prepares a body of values; its room grows with the largest so far. */
export function createValueBody(options: ValueBodyOptions): ValueBody {
  const { entropy, groups: scale, values } = options;
  return {
    maxBytes(count, cols) {
      const { codeBytes, scaleBytes } = valueLayout({ values, scale }, count, cols);
      return scaleBytes + (entropy ? maxEncodedBytes(codeBytes) : codeBytes);
    },
    encode: prepareValueWriter(options),
    decode: prepareValueReader(options),
  };
}
