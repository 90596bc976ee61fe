import { DqrmError, valueLayout, type Kernels, type RowGradient } from "@dqrm/core";
import { checkWholeGradient } from "../compensation/whole-gradient.ts";
import { reserveRows, withHeader, type SectionCodec, type SectionedCodec } from "../section.ts";
import { wireError } from "../wire.ts";
import { prepareFiniteCheck } from "./check-finite.ts";
import { prepareFactors } from "./factors.ts";
import { kernelsOr } from "./value-body.ts";

/** Fixes a codec of low rank. */
export interface LowRankOptions {
  readonly rank: number;
  /** How the two matrices are sent; what bfloat16 loses is little beside what the rank does. */
  readonly values: "float32" | "bfloat16";
  /** Whose loops to use; without, the plain ones of @dqrm/core. */
  readonly kernels?: Kernels;
}

/** Rows matter where values are rounded at random alone. */
const NO_ROWS = new Int32Array(0);

const LOW_RANK_ID = 34;
const DESCRIPTION_BYTES = 1;

/** A higher rank sends more than the values themselves for layers of usual widths. */
const MAX_RANK = 64;

/**
 * Creates a codec that sends a matrix as the product of two narrow ones: biased, it wants error feedback. It takes the whole
 * gradient of a layer; one that is too small to gain (a bias) is sent as floats.
 *
 * One step of subspace iteration from a random start that the key chooses: P = M·Q, orthonormal, then Qᵀ = Pᵀ·M. There is no
 * warm start, for a codec keeps nothing between calls.
 *
 * @shape rank u8, 0 for the values themselves; then P [count × rank], Q [cols × rank], or values [count × cols], in the coding
 * @throws VALUE when the rank is no integer from 1 to 64, or a gradient is not the whole parameter
 * @source Vogels et al. 2019, PowerSGD, without its warm start
 * @cost O(count × cols × rank)
 *
 * ```ts doctest
 * import { createDenseSink, lowRank } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const codec = lowRank({ rank: 1, values: "float32" });
 * const gradient = createRowGradient(8, 8);
 * gradient.count = 8;
 * for (let i = 0; i < 64; i++) {
 *   gradient.rows[i >> 3] = i >> 3;
 *   gradient.values[i] = (i >> 3) * (i & 7);
 * }
 * const out = new Uint8Array(codec.maxBytes(8, 8));
 * const bytes = codec.encode(gradient, out, { seed: 1, stream: 0 });
 * bytes; // => 85
 * const sum = new Float32Array(64);
 * codec.decode(out.subarray(0, bytes), createDenseSink(sum, 8, 8));
 * Math.abs(sum[63] - 49) < 1e-4; // => true
 * ```
 */
export function lowRank({ kernels: given, rank, values: name }: LowRankOptions): SectionedCodec {
  checkRank(rank);
  const kernels = kernelsOr(given);
  const format = { values: name, scale: { kind: "tensor" } } as const;
  const encodeValues = kernels.prepare("encodeValues", { ...format, rounding: "nearest" });
  const decodeValues = kernels.prepare("decodeValues", format);
  const isFinite = prepareProductCheck(kernels);
  const checkFinite = prepareFiniteCheck(kernels);
  const factorsOf = prepareFactors(kernels);
  const bytesOf = (count: number, cols: number, used: number): number =>
    valueLayout(format, 1, sentValues(used, count, cols)).codeBytes;
  const section: SectionCodec = {
    name: "lowRank",
    id: LOW_RANK_ID,
    settings: name,
    maxBodyBytes: (count, cols) => DESCRIPTION_BYTES + bytesOf(count, cols, rankFor(rank, count, cols)),

    encodeBody(gradient, out, at, key) {
      const { cols, count, values } = gradient;
      checkFinite(gradient);
      checkWholeGradient("lowRank.encode", gradient, { rows: count, cols });
      const used = rankFor(rank, count, cols);
      const sent = used === 0 ? values : factorsOf(cols, used).factorize(gradient, key);
      out[at] = used;
      const total = sentValues(used, count, cols);
      return encodeValues(NO_ROWS, sent, total, 1, key, out, at + DESCRIPTION_BYTES);
    },

    decodeBody(source, target) {
      const { begin, bytes, cols, count, end } = source;
      if (begin === end) throw wireError(section, begin, "a cut description");
      const used = bytes[begin];
      if (used > MAX_RANK || begin + DESCRIPTION_BYTES + bytesOf(count, cols, used) !== end) {
        throw wireError(section, begin, `rank ${used} in ${end - begin} bytes`);
      }
      const sent = new Float32Array(sentValues(used, count, cols));
      const at = begin + DESCRIPTION_BYTES;
      if (decodeValues(bytes, at, bytes, at, sent.length, 1, sent) >= 0) {
        throw wireError(section, begin, "a factor is not finite");
      }
      reserveRows(section, source, target);
      for (let i = 0; i < count; i++) target.rows[i] = i;
      if (used === 0) target.values.set(sent);
      else factorsOf(cols, used).multiply(sent, target);
      if (!isFinite(target)) throw wireError(section, begin, "a value is infinite");
    },
  };
  return withHeader(section);
}

function checkRank(rank: number): void {
  if (Number.isInteger(rank) && rank >= 1 && rank <= MAX_RANK) return;
  const expected = `an integer from 1 to ${MAX_RANK}`;
  throw new DqrmError("VALUE", { op: "lowRank", what: "rank", expected, actual: String(rank) });
}

/** Gives the rank that is sent, 0 where the values themselves are fewer. */
function rankFor(rank: number, count: number, cols: number): number {
  return rank * (count + cols) < count * cols ? rank : 0;
}

function sentValues(rank: number, count: number, cols: number): number {
  return rank === 0 ? count * cols : rank * (count + cols);
}

/** Prepares the look at what factors multiply to. */
function prepareProductCheck(kernels: Kernels): (gradient: RowGradient) => boolean {
  const absmax = kernels.prepare("absmax", {});
  return ({ cols, count, values }) => Number.isFinite(absmax(values, 0, count * cols));
}
