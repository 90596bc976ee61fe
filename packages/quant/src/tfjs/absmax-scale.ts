import { abs, div, max, maximum, scalar, tidy, type Tensor } from "@tensorflow/tfjs-core";
import { DqrmError, MIN_PEAK, type BitWidth } from "@dqrm/core";

/** Names the widths of a code with a zero, in bits; one bit is a sign, which has none. */
export type TensorBits = Exclude<BitWidth, 1>;

/** Says which weights share a scale: those of the whole tensor, or those at one place of an axis, 0 the first, −1 the last. */
export type ScaleShare = { readonly kind: "tensor" } | { readonly kind: "channel"; readonly axis: number };

/**
 * Computes the scales that cover the largest magnitudes of a tensor, inside TensorFlow.js.
 *
 * @shape x f32[any] → f32[1, …, 1], and the length of the channels' axis there
 * @units scale = max(absmax, 1e-8)/(2^(bits−1) − 1), as @dqrm/quant computes it, bit for bit
 * @throws VALUE when the axis is none of the tensor's
 *
 * ```ts doctest
 * import "@tensorflow/tfjs-backend-cpu";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { absmaxScale } from "@dqrm/quant/tfjs";
 * const kernel = tf.tensor2d([7, -1, 0.5, 14], [2, 2]);
 * const scale = absmaxScale(kernel, { bits: 4, share: { kind: "channel", axis: 1 } });
 * [scale.shape, scale.dataSync()]; // => [[1, 2], [1, 2]]
 * ```
 */
export function absmaxScale(
  x: Tensor,
  { bits, share }: { readonly bits: TensorBits; readonly share: ScaleShare },
): Tensor {
  const kept = share.kind === "channel" ? axisOf(x, share.axis) : -1;
  const reduced = x.shape.map((_, axis) => axis).filter((axis) => axis !== kept);
  return tidy(() => {
    const peak = reduced.length === 0 ? abs(x) : max(abs(x), reduced, true);
    return div(maximum(peak, scalar(MIN_PEAK)), scalar(2 ** (bits - 1) - 1));
  });
}

/**
 * Gives the place of a tensor's axis, counted from the front.
 *
 * @throws VALUE when the tensor has no such axis
 */
export function axisOf({ rank }: Tensor, axis: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new DqrmError("VALUE", {
    op: "fakeQuant",
    what: "axis",
    expected: `an axis of a tensor of rank ${rank}`,
    actual: String(axis),
  });
}
