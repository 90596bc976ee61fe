import { VALUE_CODING_NUMBERS, type Kernels, type ScaleGroups, type ValueCodingName } from "@dqrm/core";
import { withHeader, type SectionedCodec } from "../section.ts";
import { createRowBody } from "./row-body.ts";
import { kernelsOr } from "./value-body.ts";

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
  /** Whose loops to use; without, the plain ones of @dqrm/core. Bytes are the same with any. */
  readonly kernels?: Kernels;
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
export function rowCodec({ entropy, kernels, rounding, scale, values }: RowCodecOptions): SectionedCodec {
  const coding = VALUE_CODING_NUMBERS[values];
  const own = { values, groups: scale, rounding, entropy, kernels: kernelsOr(kernels) };
  return withHeader(createRowBody({ name: values, id: FIRST_ID + coding, coding, ...own }));
}
