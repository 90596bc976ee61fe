import {
  lowRank,
  randomK,
  rowCodec,
  topK,
  withHeader,
  type MeanScaleOptions,
  type SectionCodec,
  type SectionedCodec,
} from "@dqrm/comm";
import type { Kernels } from "@dqrm/core";
import type { GradientCodingConfig, GradientsConfig } from "../config/gradient-config.ts";

/** Holds the codecs that a configuration names. */
export interface GradientCodecs {
  /** Touched rows of embedding tables and pooling weights. */
  readonly rows: SectionedCodec;
  /** Weights and biases of linear layers. */
  readonly layers: SectionedCodec;
  /** Biases, where the paper's scheme has another scale for them. */
  readonly biases: SectionedCodec;
  /** Scales that all parts share, where they do. */
  readonly shared: { readonly rows: boolean; readonly layers: MeanScaleOptions["scale"] | undefined };
  readonly errorFeedback: boolean;
  /** Whose loops the codecs use. */
  readonly kernels: Kernels | undefined;
  /** Whether bytes are coded by frequency, where the configuration lets the first steps decide; undefined where it decides. */
  readonly entropy: EntropyChoice | undefined;
}

/** Switches codecs between coding bytes by frequency and sending them as they are; readers understand both. */
export interface EntropyChoice {
  coded: boolean;
}

/**
 * Creates the codecs that a configuration names; `kernels` are whose loops they use, without them the plain ones of @dqrm/core.
 *
 * @throws VALUE when the parts of a coding do not fit together
 *
 * ```ts doctest
 * import { gradientCodecs, gradientPresets } from "@dqrm/dlrm";
 * gradientCodecs(gradientPresets.topk).layers.name; // => "topK"
 * ```
 */
export function gradientCodecs(
  { errorFeedback, layers, measureEntropy, rows }: Omit<GradientsConfig, "shards">,
  kernels?: Kernels,
): GradientCodecs {
  const own = kernels === undefined ? {} : { kernels };
  const entropy: EntropyChoice | undefined = measureEntropy ? { coded: true } : undefined;
  const build = (coding: GradientCodingConfig): SectionedCodec =>
    entropy === undefined
      ? codecOf(coding, own)
      : switchedCodec(entropy, (coded) => codecOf({ ...coding, entropy: coded }, own));
  const byMean = layers.codec === "meanscale";
  return {
    rows: build(rows),
    layers: build(layers),
    biases: build(byMean ? { ...layers, scale: "tensor" } : layers),
    shared: {
      rows: rows.codec === "meanscale",
      layers: byMean ? (layers.scale === "row" ? "row" : "tensor") : undefined,
    },
    errorFeedback,
    kernels,
    entropy,
  };
}

/** Both codecs of a coding have one number and one form of bytes, which say themselves whether they are coded. */
function switchedCodec(choice: EntropyChoice, build: (coded: boolean) => SectionedCodec): SectionedCodec {
  const [plain, coded] = [build(false).section, build(true).section];
  const chosen = (): SectionCodec => (choice.coded ? coded : plain);
  const encodeBody: SectionCodec["encodeBody"] = (...call) => chosen().encodeBody(...call);
  // Both are of one kind: what one offers, the other does.
  const knowing: Pick<SectionCodec, "encodeKnowing"> =
    coded.encodeKnowing === undefined
      ? {}
      : {
          encodeKnowing: (gradient, out, at, how) =>
            chosen().encodeKnowing?.(gradient, out, at, how) ?? encodeBody(gradient, out, at, how.key),
        };
  return withHeader({ ...coded, encodeBody, ...knowing, ...switchedFeedback(choice, plain, coded) });
}

function switchedFeedback(
  choice: EntropyChoice,
  { encodeWithFeedback: plain }: SectionCodec,
  { encodeWithFeedback: coded }: SectionCodec,
): Pick<SectionCodec, "encodeWithFeedback"> {
  if (plain === undefined || coded === undefined) return {};
  return { encodeWithFeedback: (...call) => (choice.coded ? coded : plain)(...call) };
}

function codecOf(
  { blockValues, codec, rank, scale, ...coding }: GradientCodingConfig,
  own: { readonly kernels?: Kernels },
): SectionedCodec {
  switch (codec) {
    case "rows":
      return rowCodec({
        ...coding,
        ...own,
        scale: scale === "block" ? { kind: "block", values: blockValues } : { kind: scale },
      });
    case "meanscale":
      return rowCodec({
        ...own,
        values: "int8",
        rounding: "nearest",
        entropy: false,
        scale: { kind: scale === "row" ? "row" : "tensor" },
      });
    case "topk":
      return topK({ ...coding, ...own });
    case "randomk":
      return randomK({ ...coding, ...own });
    case "lowrank":
      return lowRank({ rank, values: coding.values === "bfloat16" ? "bfloat16" : "float32", ...own });
  }
}

/** Tells whether gradients travel as they are, in one part: a step needs no messages. */
export function areGradientsPlain({ layers, rows, shards }: GradientsConfig): boolean {
  return (
    shards === 1 && [layers, rows].every(({ codec, values }) => codec === "rows" && values === "float32")
  );
}
