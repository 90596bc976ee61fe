import { roundHalfEven, VALUE_CODING_NUMBERS, type Kernels, type RowGradient } from "@dqrm/core";
import { prepareFiniteCheck } from "../codecs/check-finite.ts";
import { prepareSort } from "../codecs/sorted-rows.ts";
import { kernelsOr } from "../codecs/value-body.ts";
import { prepareSums, type ValueSums } from "../codecs/value-sums.ts";
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
 * `kernels` are whose loops find scales and add what was lost, without them the plain ones of @dqrm/core.
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
  kernels?: Kernels,
): MeanScaleEncoder {
  const count = scale === "row" ? shape.rows : 1;
  const residual = new Float32Array(errorFeedback ? shape.rows * shape.cols : 0);
  const lost = new Float32Array(residual.length);
  const own = kernelsOr(kernels);
  const absmax = own.prepare("absmax", {});
  const checkFinite = prepareFiniteCheck(own);
  const sums = prepareSums(own);
  const corrected = prepareCorrection(shape, errorFeedback || scale === "row", { residual, sums });
  const sort = prepareSort("meanScale");
  let scales = new Float32Array(count);
  return {
    state: errorFeedback ? [residual] : [],
    shared: {
      count,
      localScales(gradient, out) {
        const values = corrected(gradient);
        const size = scale === "row" ? gradient.cols : gradient.count * gradient.cols;
        for (let k = 0; k < count; k++) out[k] = absmax(values, k * size, (k + 1) * size) / LEVELS;
      },
      use(means) {
        scales = Float32Array.from(means);
      },
    },
    encodeBody(gradient, out, at) {
      const sent = { ...gradient, values: corrected(gradient) };
      checkFinite(sent);
      const sorted = sort(sent);
      out[at] = VALUE_CODING_NUMBERS.int8;
      out[at + 1] = scale === "row" ? 1 : 0;
      const end = writeScales(scales, out, writeIndices(sorted.rows, gradient.count, out, at + 2));
      const total = gradient.count * gradient.cols;
      const size = scale === "row" ? gradient.cols : total;
      for (let k = 0; k * size < total; k++) {
        const part = { begin: k * size, end: (k + 1) * size, scale: scales[k] };
        writeCodes(sorted.values, part, out.subarray(end), errorFeedback ? lost : undefined);
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
  { residual, sums }: { readonly residual: Float32Array; readonly sums: ValueSums },
): (gradient: RowGradient) => Float32Array {
  const sum = new Float32Array(residual.length);
  return (gradient) => {
    if (whole) checkWholeGradient("meanScale", gradient, shape);
    if (residual.length === 0) return gradient.values;
    sum.set(gradient.values.subarray(0, sum.length));
    sums.add(sum, residual);
    return sum;
  };
}

function writeScales(scales: Float32Array, out: Uint8Array, at: number): number {
  const view = viewOf(out);
  scales.forEach((scale, k) => {
    view.setFloat32(at + 4 * k, scale, true);
  });
  return at + 4 * scales.length;
}

interface ScaledPart {
  readonly begin: number;
  readonly end: number;
  readonly scale: number;
}

/** Writes the codes of values that share a scale, each to its place, and what they lose. */
function writeCodes(
  values: Float32Array,
  { begin, end, scale }: ScaledPart,
  out: Uint8Array,
  lost: Float32Array | undefined,
): void {
  // Where all shards' values are zero, so are all codes.
  if (scale === 0) {
    out.fill(0, begin, end);
    lost?.set(values.subarray(begin, end), begin);
    return;
  }
  for (let i = begin; i < end; i++) {
    const value = values[i];
    const code = clampedCode(roundHalfEven(value / scale));
    out[i] = code;
    if (lost !== undefined) lost[i] = value - code * scale;
  }
}

function clampedCode(code: number): number {
  if (code > LEVELS) return LEVELS;
  return code < -LEVELS ? -LEVELS : code;
}
