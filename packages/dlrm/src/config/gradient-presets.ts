import type { GradientCodingConfig, GradientsConfig } from "./gradient-config.ts";

/** Names the ways to send gradients that come with the package. */
export type GradientPresetName =
  "auto" | "float32" | "int8" | "int4" | "onebit" | "lowrank" | "topk" | "paper-int8";

const floats = {
  codec: "rows",
  values: "float32",
  scale: "tensor",
  blockValues: 512,
  rounding: "nearest",
  entropy: false,
  share: 0.01,
  rank: 2,
} as const satisfies GradientCodingConfig;

/** A residual for each row would be as large as the table: rows are rounded at random instead, whose mean is right. */
const int4Rows = { ...floats, values: "int4", rounding: "stochastic", entropy: true } as const;

const blocks = (values: GradientCodingConfig["values"], blockValues: number): GradientCodingConfig => ({
  ...floats,
  values,
  scale: "block",
  blockValues,
  entropy: true,
});

/** Sends everything as floats, and does not divide a batch. */
export const plainGradients: GradientsConfig = {
  shards: 1,
  rows: floats,
  layers: floats,
  errorFeedback: false,
  measureEntropy: false,
};

type Preset = Omit<GradientsConfig, "shards">;

const int8: Preset = {
  rows: { ...floats, values: "int8", entropy: true },
  layers: blocks("int8", 4096),
  errorFeedback: true,
  measureEntropy: false,
};

const from = (layers: GradientCodingConfig): Preset => ({
  rows: int4Rows,
  layers,
  errorFeedback: true,
  measureEntropy: false,
});

/**
 * Holds the ways to send gradients that come with the package, for any number of shards.
 *
 * float32 loses nothing. int8 has the numerics of the paper without its defects: scales of each worker's own, which never
 * clip, and residuals of its own. int4, onebit, lowrank and topk send ever less of the layers, with error feedback, and rows in
 * 4 bits rounded at random. All but float32 code bytes by frequency, without loss. auto is int8 that leaves this out where the first
 * steps show that the link is faster than the coder. paper-int8 is the paper's own scheme, for comparison: the mean of all parts'
 * scales, which clips the larger ones, in a round of its own.
 *
 * @source DQRM §3.3 (int8, paper-int8); Yang et al. 2020 (int4); Karimireddy et al. 2019 (onebit); Vogels et al. 2019 (lowrank); Lin et al.
 *         2018 (topk)
 *
 * ```ts doctest
 * import { gradientPresets } from "@dqrm/dlrm";
 * [gradientPresets.int8.layers.values, gradientPresets.int8.errorFeedback]; // => ["int8", true]
 * ```
 */
export const gradientPresets: { readonly [N in GradientPresetName]: Omit<GradientsConfig, "shards"> } = {
  auto: { ...int8, measureEntropy: true },
  float32: { rows: floats, layers: floats, errorFeedback: false, measureEntropy: false },
  int8,
  int4: from(blocks("int4", 1024)),
  onebit: from(blocks("sign", 512)),
  lowrank: from({ ...floats, codec: "lowrank", values: "bfloat16" }),
  topk: from({ ...floats, codec: "topk", values: "int8", entropy: true }),
  "paper-int8": {
    rows: { ...floats, codec: "meanscale", values: "int8" },
    layers: { ...floats, codec: "meanscale", values: "int8", scale: "row" },
    errorFeedback: true,
    measureEntropy: false,
  },
};
