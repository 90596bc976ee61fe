import { DqrmError } from "@dqrm/core";
import { withHeader, type SectionedCodec } from "../section.ts";
import { bfloat16, float16, float32 } from "../values/floats.ts";
import { int16, int4, int8 } from "../values/integers.ts";
import type { ScaleGroups } from "../values/scale-groups.ts";
import { sign } from "../values/sign.ts";
import { ternary } from "../values/ternary.ts";
import type { ValueCoding } from "../values/value-coding.ts";
import { createRowBody } from "./row-body.ts";

/** Names the ways to send a value. */
export type ValueCodingName =
  "float32" | "bfloat16" | "float16" | "int16" | "int8" | "int4" | "ternary" | "sign";

const CODINGS: Readonly<Record<ValueCodingName, ValueCoding>> = {
  float32,
  bfloat16,
  float16,
  int16,
  int8,
  int4,
  ternary,
  sign,
};

/** Only between whole numbers of levels can a value be rounded at random. */
const ROUNDED: readonly ValueCodingName[] = ["int16", "int8", "int4", "ternary"];

/** The codec of a value coding has its number, moved behind those of none and dense. */
const FIRST_ID = 16;

/** Fixes a codec of rows. */
export interface RowCodecOptions {
  readonly values: ValueCodingName;
  /** Which values share a scale; floats have none, but for float16. */
  readonly scale: ScaleGroups;
  /** "stochastic" is unbiased and needs no error feedback; "nearest" errs by half as much. */
  readonly rounding: "nearest" | "stochastic";
  /** Codes the bytes of the values by their frequency, where that makes them fewer; nothing is lost. */
  readonly entropy: boolean;
}

/**
 * Creates a codec that sends touched rows in few bits: ids in the shortest of three codings, values as codes with scales.
 *
 * Ids are sent ascending, as nothing (rows 0, 1, …), varints or Rice codes of the gaps. Every sender has its own scales, the
 * largest magnitude over the largest code (sign: the mean magnitude), so that nothing is ever clipped.
 *
 * @shape docs/spec/wire.md
 * @throws VALUE when a block is no power of two from 16 to 65536, or values that have no levels are to be rounded at random
 * @source DQRM §3.3, with a scale for each sender instead of their mean; Rice 1979; Duda 2013
 *
 * ```ts doctest
 * import { createDenseSink, rowCodec } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const codec = rowCodec({ values: "int4", scale: { kind: "row" }, rounding: "nearest", entropy: false });
 * const gradient = createRowGradient(4, 2);
 * gradient.rows.set([900, 7]);
 * gradient.values.set([0.7, -0.1, 0.2, 0, 7, 1, -3, 4]);
 * gradient.count = 2;
 * const out = new Uint8Array(codec.maxBytes(2, 4));
 * const bytes = codec.encode(gradient, out, { seed: 1, stream: 0 });
 * bytes; // => 39
 * const sum = new Float32Array(4000);
 * codec.decode(out.subarray(0, bytes), createDenseSink(sum, 1000, 4));
 * [...sum.subarray(28, 32)]; // => [7, 1, -3, 4]
 * ```
 */
export function rowCodec({ entropy, rounding, scale, values }: RowCodecOptions): SectionedCodec {
  checkRounding("rowCodec", values, rounding);
  const coding = CODINGS[values];
  const id = FIRST_ID + coding.id;
  return withHeader(createRowBody({ name: values, id, values: coding, groups: scale, rounding, entropy }));
}

/** Finds a coding of values by its name. */
export function codingOf(name: ValueCodingName): ValueCoding {
  return CODINGS[name];
}

/** Checks that values of a coding can be rounded so. @throws VALUE */
export function checkRounding(
  op: string,
  values: ValueCodingName,
  rounding: RowCodecOptions["rounding"],
): void {
  if (rounding === "nearest" || ROUNDED.includes(values)) return;
  const expected = `"nearest" for ${values}`;
  throw new DqrmError("VALUE", { op, what: "rounding", expected, actual: rounding });
}
