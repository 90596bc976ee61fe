import { lowRank, rowCodec, topK, type SectionedCodec } from "@dqrm/comm";

/** Says how the gradients of a model travel. */
export interface GradientCodecs {
  /** Touched rows of embedding tables and pooling weights. */
  readonly rows: SectionedCodec;
  /** Weights and biases of linear layers. */
  readonly layers: SectionedCodec;
  /** Whether layers keep what their codec lost and send it later: 4 bytes for each of their weights and shard. */
  readonly errorFeedback: boolean;
}

/** Names the codecs that come with the package. */
export type GradientPresetName = "float32" | "int8" | "int4" | "onebit" | "lowrank" | "topk";

const tensor = { kind: "tensor" } as const;

const float32 = rowCodec({ values: "float32", scale: tensor, rounding: "nearest", entropy: false });

/** A residual for each row would be as large as the table: rows are rounded at random instead, whose mean is right. */
const int4Rows = rowCodec({ values: "int4", scale: tensor, rounding: "stochastic", entropy: true });

/**
 * Holds the ways to send gradients that come with the package.
 *
 * float32 loses nothing. int8 has the numerics of the paper without its defects: scales of each worker's own, which never
 * clip, and residuals of its own. int4, onebit, lowrank and topk send ever less of the layers, with error feedback, and rows in
 * 4 bits rounded at random. All but float32 code bytes by frequency, without loss.
 *
 * @source DQRM §3.3 (int8); Yang et al. 2020 (int4); Karimireddy et al. 2019 (onebit); Vogels et al. 2019 (lowrank); Lin et al.
 *         2018 (topk)
 *
 * ```ts doctest
 * import { gradientPresets } from "@dqrm/dlrm";
 * [gradientPresets.int8.layers.name, gradientPresets.int8.errorFeedback]; // => ["int8", true]
 * ```
 */
export const gradientPresets: { readonly [N in GradientPresetName]: GradientCodecs } = {
  float32: { rows: float32, layers: float32, errorFeedback: false },
  int8: {
    rows: rowCodec({ values: "int8", scale: tensor, rounding: "nearest", entropy: true }),
    layers: rowCodec({
      values: "int8",
      scale: { kind: "block", values: 4096 },
      rounding: "nearest",
      entropy: true,
    }),
    errorFeedback: true,
  },
  int4: {
    rows: int4Rows,
    layers: rowCodec({
      values: "int4",
      scale: { kind: "block", values: 512 },
      rounding: "nearest",
      entropy: true,
    }),
    errorFeedback: true,
  },
  onebit: {
    rows: int4Rows,
    layers: rowCodec({
      values: "sign",
      scale: { kind: "block", values: 512 },
      rounding: "nearest",
      entropy: true,
    }),
    errorFeedback: true,
  },
  lowrank: { rows: int4Rows, layers: lowRank({ rank: 2, values: "bfloat16" }), errorFeedback: true },
  topk: {
    rows: int4Rows,
    layers: topK({ share: 0.01, values: "int8", rounding: "nearest", entropy: true }),
    errorFeedback: true,
  },
};
