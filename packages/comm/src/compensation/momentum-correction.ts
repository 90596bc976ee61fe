import { DqrmError } from "@dqrm/core";
import type { SectionedCodec } from "../section.ts";
import type { Compensation, ParameterShape } from "./compensation.ts";
import { compensate } from "./lossy-body.ts";

/**
 * Sums velocities instead of gradients until a sparse codec sends them, for an optimizer without momentum of its own: a value
 * that waits gathers the momentum that it would have had.
 *
 * What was sent loses both its velocity and its sum (momentum factor masking), so that no stale direction goes on.
 *
 * @units v ← momentum·v + gradient; u ← u + v; sent = codec(u); where sent is not 0: u ← u − sent, v ← 0
 * @throws VALUE when the momentum is not in [0, 1)
 * @source Lin et al. 2018, Deep Gradient Compression, sections 3.1 and 3.2
 * @cost 16 bytes for each value of the parameter, and one decoding a step
 *
 * ```ts doctest
 * import { momentumCorrection, topK } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const largest = topK({ share: 0.5, values: "float32", rounding: "nearest", entropy: false });
 * const correction = momentumCorrection(largest, { rows: 1, cols: 2 }, 0.5);
 * const gradient = createRowGradient(2, 1);
 * gradient.values.set([3, 1]);
 * gradient.count = 1;
 * const out = new Uint8Array(largest.maxBytes(1, 2));
 * correction.encode(gradient, out, { seed: 1, stream: 0 });
 * correction.state.map((values) => [...values]); // => [[0, 1], [0, 1]]
 * ```
 */
export function momentumCorrection(
  codec: SectionedCodec,
  shape: ParameterShape,
  momentum: number,
): Compensation {
  if (!(momentum >= 0 && momentum < 1)) {
    const expected = "a number in [0, 1)";
    throw new DqrmError("VALUE", {
      op: "momentumCorrection",
      what: "momentum",
      expected,
      actual: String(momentum),
    });
  }
  const velocity = new Float32Array(shape.rows * shape.cols);
  const sums = new Float32Array(velocity.length);
  const next = new Float32Array(velocity.length);
  return compensate(codec, shape, {
    name: `momentum correction of ${codec.name}`,
    state: [sums, velocity],
    correct(gradient, corrected) {
      for (let i = 0; i < sums.length; i++) {
        next[i] = momentum * velocity[i] + gradient[i];
        corrected[i] = sums[i] + next[i];
      }
    },
    settle(corrected, sent) {
      for (let i = 0; i < sums.length; i++) {
        sums[i] = corrected[i] - sent[i];
        velocity[i] = sent[i] === 0 ? next[i] : 0;
      }
    },
  });
}
