import type { RandomKey } from "@dqrm/core";
import { maxCodedBytes } from "../entropy/rans.ts";
import { groupsNumber, groupValues, type ScaleGroups } from "../values/scale-groups.ts";
import { scaleStreamBytes, type ScaleForm } from "../values/scale-stream.ts";
import type { ValueCoding } from "../values/value-coding.ts";
import type { SortedRows } from "./sorted-rows.ts";
import { prepareValueReader } from "./value-reader.ts";
import { prepareValueWriter } from "./value-writer.ts";

/** Fixes how values are sent. */
export interface ValueBodyOptions {
  readonly values: ValueCoding;
  readonly groups: ScaleGroups;
  readonly rounding: "nearest" | "stochastic";
  /** Codes bytes by their frequency where that makes them fewer. */
  readonly entropy: boolean;
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

/** Writes and reads values: first the scales of all groups, then the codes. */
export interface ValueBody {
  maxBytes(count: number, cols: number): number;
  encode(rows: ShapedRows, out: Uint8Array, at: number, key: RandomKey): WrittenValues;
  /**
   * Fills the array that `reserve` gives for count × cols values, or answers why the bytes are none; nothing is reserved before
   * the bytes are known to hold so many.
   */
  decode(source: ValueSource, reserve: (values: number) => Float32Array): string | undefined;
}

/** Says how the scales of some values stand before their codes. */
export interface ScaleLayout {
  readonly form: ScaleForm;
  /** Values that share a scale. */
  readonly size: number;
  /** Bytes of one scale, 0 where values have none. */
  readonly stride: number;
  /** Bytes of all scales. */
  readonly bytes: number;
}

/** Gives the layout of the scales of count × cols values. */
export type LayScales = (count: number, cols: number) => ScaleLayout;

/** Prepares a body of values; its room grows with the largest so far. */
export function createValueBody(options: ValueBodyOptions): ValueBody {
  const { entropy, groups, values: coding } = options;
  const form = { groupsNumber: groupsNumber(groups), peak: coding.peak };
  const layScales: LayScales = (count, cols) => {
    const total = count * cols;
    const size = groupValues(form.groupsNumber, total, cols);
    const stride = coding.scaled ? scaleStreamBytes(form.groupsNumber, 1) : 0;
    return { form, size, stride, bytes: stride * Math.ceil(total / size) };
  };
  return {
    maxBytes(count, cols) {
      const bytes = coding.codeBytes(count * cols);
      return layScales(count, cols).bytes + (entropy ? maxCodedBytes(bytes) : bytes);
    },
    encode: prepareValueWriter(options, layScales),
    decode: prepareValueReader(coding, layScales),
  };
}
