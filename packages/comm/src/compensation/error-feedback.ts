import type { Kernels } from "@dqrm/core";
import { kernelsOr } from "../codecs/value-body.ts";
import { prepareSums } from "../codecs/value-sums.ts";
import type { SectionedCodec } from "../section.ts";
import type { Compensation, ParameterShape } from "./compensation.ts";
import { compensate, withPayload } from "./lossy-body.ts";
import { checkWholeGradient } from "./whole-gradient.ts";

/**
 * Adds what a codec lost in earlier steps to the gradient before it is encoded, so that nothing is lost for good; `kernels` are
 * whose loops add, without them the plain ones of @dqrm/core.
 *
 * The residual is the error of this sender alone. DQRM's code subtracts the mean of all senders instead, whose residuals
 * then wander: docs/adopt/comm.md.
 *
 * @units sent = codec(gradient + residual); residual = gradient + residual − sent, rounded to f32
 * @source Seide et al. 2014; Karimireddy et al. 2019; DQRM §3.3 for the layers
 * @cost 8 bytes for each value of the parameter, and one look at it a step where the codec has `encodeWithFeedback`, as those of
 *       rows do; else 12 bytes, one decoding, and three looks more
 *
 * ```ts doctest
 * import { errorFeedback, rowCodec } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const signs = rowCodec({ values: "sign", scale: { kind: "tensor" }, rounding: "nearest", entropy: false });
 * const feedback = errorFeedback(signs, { rows: 1, cols: 2 });
 * const gradient = createRowGradient(2, 1);
 * gradient.values.set([3, 1]);
 * gradient.count = 1;
 * feedback.encode(gradient, new Uint8Array(signs.maxBytes(1, 2)), { seed: 1, stream: 0 });
 * // The mean magnitude 2 was sent for both.
 * [...feedback.state[0]]; // => [1, -1]
 * ```
 */
export function errorFeedback(codec: SectionedCodec, shape: ParameterShape, kernels?: Kernels): Compensation {
  const name = `error feedback of ${codec.name}`;
  const residual = new Float32Array(shape.rows * shape.cols);
  const { section } = codec;
  if (section.encodeWithFeedback !== undefined) {
    const left = new Float32Array(residual.length);
    const encode = section.encodeWithFeedback;
    return withPayload(section, {
      name,
      state: [residual],
      encodeBody(gradient, out, at, key) {
        checkWholeGradient(name, gradient, shape);
        return encode(gradient, out, at, { key, residual, left });
      },
      commit() {
        residual.set(left);
      },
    });
  }
  const sums = prepareSums(kernelsOr(kernels));
  return compensate(codec, shape, {
    name,
    state: [residual],
    correct(gradient, corrected) {
      corrected.set(gradient.subarray(0, residual.length));
      sums.add(corrected, residual);
    },
    settle(corrected, sent) {
      residual.set(corrected);
      sums.subtract(residual, sent);
    },
  });
}
