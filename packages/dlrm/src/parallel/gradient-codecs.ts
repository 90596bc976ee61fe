import { lowRank, randomK, rowCodec, topK, type SectionedCodec } from "@dqrm/comm";
import type { GradientCodingConfig, GradientsConfig } from "../config/gradient-config.ts";

/** Holds the codecs that a configuration names. */
export interface GradientCodecs {
  /** Touched rows of embedding tables and pooling weights. */
  readonly rows: SectionedCodec;
  /** Weights and biases of linear layers. */
  readonly layers: SectionedCodec;
  readonly errorFeedback: boolean;
}

/**
 * Creates the codecs that a configuration names.
 *
 * @throws VALUE when the parts of a coding do not fit together
 *
 * ```ts doctest
 * import { gradientCodecs, gradientPresets } from "@dqrm/dlrm";
 * gradientCodecs(gradientPresets.topk).layers.name; // => "topK"
 * ```
 */
export function gradientCodecs({
  errorFeedback,
  layers,
  rows,
}: Omit<GradientsConfig, "shards">): GradientCodecs {
  return { rows: codecOf(rows), layers: codecOf(layers), errorFeedback };
}

function codecOf({ blockValues, codec, rank, scale, ...coding }: GradientCodingConfig): SectionedCodec {
  switch (codec) {
    case "rows":
      return rowCodec({
        ...coding,
        scale: scale === "block" ? { kind: "block", values: blockValues } : { kind: scale },
      });
    case "topk":
      return topK(coding);
    case "randomk":
      return randomK(coding);
    case "lowrank":
      return lowRank({ rank, values: coding.values === "bfloat16" ? "bfloat16" : "float32" });
  }
}

/** Tells whether gradients travel as they are, in one part: a step needs no messages. */
export function areGradientsPlain({ layers, rows, shards }: GradientsConfig): boolean {
  return (
    shards === 1 && [layers, rows].every(({ codec, values }) => codec === "rows" && values === "float32")
  );
}
