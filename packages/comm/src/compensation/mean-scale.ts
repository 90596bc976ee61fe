import { roundHalfEven, VALUE_CODING_NUMBERS, type RowGradient } from "@dqrm/core";
import { prepareSort } from "../codecs/sorted-rows.ts";
import { writeIndices } from "../indices/index-stream.ts";
import type { SectionEncoder, SharedScales } from "../message/encode-message.ts";
import { viewOf } from "../wire.ts";
import type { ParameterShape } from "./compensation.ts";
import { checkWholeGradient } from "./whole-gradient.ts";

/** Fixes what shares a mean scale. */
export interface MeanScaleOptions {
  /** "tensor": the whole gradient, "row": each row of a parameter whose every row is sent. */
  readonly scale: "tensor" | "row";
  /** Keeps what was lost for the next step; for parameters whose every row is sent. */
  readonly errorFeedback: boolean;
}

/** Encodes a parameter in INT8 whose scale is the mean of all shards'. */
export interface MeanScaleEncoder extends SectionEncoder {
  readonly shared: SharedScales;
  /** What a checkpoint stores and restores in place: the residual, if any. */
  readonly state: readonly Float32Array[];
  commit(): void;
}

/** The largest code; −128 is none on the wire. */
const LEVELS = 127;

/**
 * Creates the encoder of DQRM: codes of 8 bits, rounded to nearest, of the mean of all shards' scales, found in a round of its own;
 * for comparison with codecs whose scales are their senders' own.
 *
 * A shard whose values are larger than the mean scale reaches has them clipped. Readers need the codec whose bytes these are.
 *
 * @shape as rowCodec of "int8" with the same scale, without entropy coding
 * @units s = mean over shards of max|g| / 127; code = clamp(round(g / s), −127, 127), ties to even
 * @source DQRM §3.3 and Algorithm 1; error compensation as the paper writes it, of each shard's own loss
 *
 * ```ts doctest
 * import { createRowGradient } from "@dqrm/core";
 * import { meanScale } from "@dqrm/comm";
 * const encoder = meanScale({ rows: 1, cols: 2 }, { scale: "tensor", errorFeedback: true });
 * const gradient = createRowGradient(2, 1);
 * gradient.values.set([254, -1]);
 * gradient.count = 1;
 * const own = new Float32Array(1);
 * encoder.shared.localScales(gradient, own);
 * own[0]; // => 2
 * // The other shard's scale is 0: the mean clips 254 to 127.
 * encoder.shared.use(Float32Array.of(1));
 * encoder.encodeBody(gradient, new Uint8Array(64), 0, { seed: 1, stream: 0 });
 * encoder.commit();
 * [...encoder.state[0]]; // => [127, 0]
 * ```
 */
export function meanScale(
  shape: ParameterShape,
  { errorFeedback, scale }: MeanScaleOptions,
): MeanScaleEncoder {
  const count = scale === "row" ? shape.rows : 1;
  const residual = new Float32Array(errorFeedback ? shape.rows * shape.cols : 0);
  const lost = new Float32Array(residual.length);
  const corrected = prepareCorrection(shape, errorFeedback || scale === "row", residual);
  const sort = prepareSort("meanScale");
  let scales = new Float32Array(count);
  return {
    state: errorFeedback ? [residual] : [],
    shared: {
      count,
      localScales(gradient, out) {
        const values = corrected(gradient);
        const size = scale === "row" ? gradient.cols : gradient.count * gradient.cols;
        for (let k = 0; k < count; k++) out[k] = peakOf(values, k * size, (k + 1) * size) / LEVELS;
      },
      use(means) {
        scales = Float32Array.from(means);
      },
    },
    encodeBody(gradient, out, at) {
      const values = corrected(gradient);
      const sorted = sort({ ...gradient, values });
      out[at] = VALUE_CODING_NUMBERS.int8;
      out[at + 1] = scale === "row" ? 1 : 0;
      let end = writeIndices(sorted.rows, gradient.count, out, at + 2);
      const view = viewOf(out);
      for (const own of scales) {
        view.setFloat32(end, own, true);
        end += 4;
      }
      const total = gradient.count * gradient.cols;
      const size = scale === "row" ? gradient.cols : Math.max(1, total);
      for (let i = 0; i < total; i++) {
        const own = scales[Math.floor(i / size)];
        const code = codeOf(sorted.values[i], own);
        out[end + i] = code;
        if (errorFeedback) lost[i] = sorted.values[i] - code * own;
      }
      return end + total;
    },
    commit() {
      residual.set(lost);
    },
  };
}

/** Gives the values of a gradient, with what was lost before if anything is kept. */
function prepareCorrection(
  shape: ParameterShape,
  whole: boolean,
  residual: Float32Array,
): (gradient: RowGradient) => Float32Array {
  const sum = new Float32Array(residual.length);
  return (gradient) => {
    if (whole) checkWholeGradient("meanScale", gradient, shape);
    if (residual.length === 0) return gradient.values;
    for (let i = 0; i < sum.length; i++) sum[i] = gradient.values[i] + residual[i];
    return sum;
  };
}

function peakOf(values: Float32Array, begin: number, end: number): number {
  let peak = 0;
  for (let i = begin; i < end; i++) peak = Math.max(peak, Math.abs(values[i]));
  return peak;
}

/** Where all shards' values are zero, so are all codes. */
function codeOf(value: number, scale: number): number {
  if (scale === 0) return 0;
  return Math.max(-LEVELS, Math.min(LEVELS, roundHalfEven(value / scale)));
}
