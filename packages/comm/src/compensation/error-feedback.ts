import type { Kernels } from "@dqrm/core";
import { kernelsOr } from "../codecs/value-body.ts";
import { prepareSums } from "../codecs/value-sums.ts";
import type { SectionedCodec } from "../section.ts";
import type { Compensation, ParameterShape } from "./compensation.ts";
import { compensate } from "./lossy-body.ts";

/**
 * Adds what a codec lost in earlier steps to the gradient before it is encoded, so that nothing is lost for good; `kernels` are
 * whose loops add, without them the plain ones of @dqrm/core.
 *
 * The residual is the error of this sender alone. DQRM's code subtracts the mean of all senders instead, whose residuals
 * then wander: docs/adopt/comm.md.
 *
 * @units sent = codec(gradient + residual); residual = gradient + residual − sent, rounded to f32
 * @source Seide et al. 2014; Karimireddy et al. 2019; DQRM §3.3 for the layers
 * @cost 8 bytes for each value of the parameter, and one decoding a step
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
  const residual = new Float32Array(shape.rows * shape.cols);
  const sums = prepareSums(kernelsOr(kernels));
  return compensate(codec, shape, {
    name: `error feedback of ${codec.name}`,
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
