import { errorFeedback, meanScale, type SectionEncoder } from "@dqrm/comm";
import type { GradientCodecs } from "./gradient-codecs.ts";
import type { ModelParameter } from "./model-parameters.ts";

/** Encodes the gradient of one parameter of one shard, with what it keeps from step to step. */
export interface GradientEncoder extends SectionEncoder {
  /** The arrays that a checkpoint stores and restores in place. */
  readonly state: readonly Float32Array[];
}

/**
 * Creates what encodes the gradients of one shard where the codec alone does not: error feedback of layers, and scales that all
 * shards share.
 *
 * @cost with error feedback 8 bytes for each value of the layers
 *
 * ```ts doctest
 * import { buildModelSpec, gradientCodecs, gradientEncoders, gradientPresets, modelParameters, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const codecs = gradientCodecs(gradientPresets.int8);
 * const encoders = gradientEncoders(modelParameters(spec, codecs), codecs);
 * [encoders[0]?.state[0].length, encoders.at(-1)]; // => [1088, undefined]
 * ```
 */
export function gradientEncoders(
  parameters: readonly ModelParameter[],
  codecs: GradientCodecs,
): readonly (GradientEncoder | undefined)[] {
  return parameters.map((parameter) => encoderOf(parameter, codecs));
}

function encoderOf(
  { codec, cols, place, rows }: ModelParameter,
  { errorFeedback: keeps, kernels, shared }: GradientCodecs,
): GradientEncoder | undefined {
  const shape = { rows, cols };
  if ("part" in place) {
    if (shared.layers !== undefined) {
      const scale = place.part === "bias" ? "tensor" : shared.layers;
      return meanScale(shape, { scale, errorFeedback: keeps }, kernels);
    }
    return keeps ? errorFeedback(codec, shape, kernels) : undefined;
  }
  return shared.rows && "index" in place
    ? meanScale(shape, { scale: "tensor", errorFeedback: false })
    : undefined;
}
