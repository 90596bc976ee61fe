import {
  add,
  cast,
  clipByValue,
  customGrad,
  div,
  greaterEqual,
  less,
  logicalAnd,
  mul,
  reshape,
  round,
  scalar,
  tidy,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { DqrmError } from "@dqrm/core";
import type { StraightThrough } from "../fake-quant.ts";
import { levelRange, type LevelRange } from "../scheme.ts";
import { absmaxScale, axisOf, type ScaleShare, type TensorBits } from "./absmax-scale.ts";

/** Says how a tensor is fake-quantized. */
export interface FakeQuantOptions {
  readonly bits: TensorBits;
  readonly share: ScaleShare;
  readonly gradient: StraightThrough;
  /** Scales to use, no gradient flows to them; absent, they cover the tensor anew at each call. @shape f32[1 | channels] */
  readonly scale?: Tensor;
}

/**
 * Shows a tensor to a TensorFlow.js model as its codes would be, and takes the gradient straight through.
 *
 * The values are those of createFakeQuantizer with symmetric codes, bit for bit wherever the backend computes in f32 and
 * divides exactly: cpu and wasm do. TensorFlow.js computes when it likes, so nothing throws for a weight that is NaN, which
 * stays one, or infinite: no result that shares its scale is finite.
 *
 * @shape x f32[any] → f32[as x]
 * @units x̂ = clamp(round(x/scale), −2^(bits−1), 2^(bits−1) − 1) × scale; dL/dx = dL/dx̂, and 0 where clamped if "clipped"
 * @throws VALUE when the axis is none of the tensor's; SHAPE when the scales given are not one, or one for each channel
 * @source DQRM §3.1
 *
 * ```ts doctest
 * import "@tensorflow/tfjs-backend-cpu";
 * import "@tensorflow/tfjs-layers";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { fakeQuant } from "@dqrm/quant/tfjs";
 * const int2 = { bits: 2, share: { kind: "tensor" }, gradient: "straight-through" } as const;
 * const weights = tf.tensor1d([0.5, -0.2, 0.3, 0.1]);
 * fakeQuant(weights, int2).dataSync(); // => [0.5, 0, 0.5, 0]
 * const loss = (w: tf.Tensor) => tf.sum(tf.mul(fakeQuant(w, int2), tf.tensor1d([1, 2, 3, 4])));
 * tf.grad(loss)(weights).dataSync(); // => [1, 2, 3, 4]
 * ```
 */
export function fakeQuant(x: Tensor, options: FakeQuantOptions): Tensor {
  const { bits, gradient, scale: given, share } = options;
  const range = levelRange({ bits, scheme: "symmetric" });
  const quantize = customGrad((_x, save) => {
    const scale = given === undefined ? absmaxScale(x, { bits, share }) : spread(given, x, share);
    const inverse = div(scalar(1), scale);
    if (gradient === "clipped" && typeof save === "function") save([x, inverse]);
    const level = round(clipByValue(mul(x, inverse), range.lowest, range.highest));
    // Adding 0 makes a −0 of the rounding the 0 that a code stands for.
    const value = add(mul(level, scale), scalar(0));
    return {
      value,
      gradFunc: (dy, [savedX, savedInverse]) =>
        gradient === "clipped" ? passUnclamped(dy, mul(savedX, savedInverse), range) : dy,
    };
  });
  return tidy(() => quantize(x));
}

/** Drops the gradient where {@link prepareClampTest} says clamped: a tie at the top rounds to a level that does not exist. */
function passUnclamped(dy: Tensor, level: Tensor, { lowest, highest, step }: LevelRange): Tensor {
  const inside = logicalAnd(
    greaterEqual(level, scalar(lowest - step / 2)),
    less(level, scalar(highest + step / 2)),
  );
  return mul(dy, cast(inside, "float32"));
}

function spread(scale: Tensor, x: Tensor, share: ScaleShare): Tensor {
  const kept = share.kind === "channel" ? axisOf(x, share.axis) : -1;
  const shape = x.shape.map((length, axis) => (axis === kept ? length : 1));
  const expected = kept < 0 ? 1 : x.shape[kept];
  if (scale.size === expected) return reshape(scale, shape);
  throw new DqrmError("SHAPE", { op: "fakeQuant", what: "scale", expected, actual: scale.size });
}
