import type { ValueCodingName } from "../../format/value-format.ts";
import { bfloat16, float16, float32 } from "./floats.ts";
import { int16, int4, int8 } from "./integers.ts";
import { sign } from "./sign.ts";
import { ternary } from "./ternary.ts";
import type { ValueCoding } from "./value-coding.ts";

/** Holds the codings of values by their names. */
export const VALUE_CODINGS: Readonly<Record<ValueCodingName, ValueCoding>> = {
  float32,
  bfloat16,
  float16,
  int16,
  int8,
  int4,
  ternary,
  sign,
};
