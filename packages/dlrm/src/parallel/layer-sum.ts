import type { SectionedCodec } from "@dqrm/comm";
import type { GradientsConfig } from "../config/gradient-config.ts";
import type { GradientCodecs } from "./gradient-codecs.ts";

/**
 * Says who sums the gradients of layers: with "gather" every worker all of them, with "owner" each a part, whose sum it sends the
 * others as floats. The numbers are the same, bit for bit; what differs are the bytes.
 */
export type LayerSum = "gather" | "owner";

/** With two, owners send as much as all; with three, little less, in two rounds instead of one. */
const LEAST_WORKERS = 4;

/** Bits of a value where none shares a scale with values of another row. */
const VALUE_BITS: Readonly<Partial<Record<GradientsConfig["layers"]["values"], number>>> = {
  float32: 32,
  bfloat16: 16,
};

/**
 * Chooses who sums the gradients of layers where the caller leaves it open: owners, where four workers or more then send fewer bytes.
 *
 * A worker sends values of b bits to all others, or of each a part to its owner and the sum of its own part, in 32 bits, to all: owners
 * win where b × shards × (workers − 1) / workers is more than 32. Codecs of few bits, and those with error feedback, whose layers have
 * one owner each, do not come to that with any usual number of workers.
 *
 * ```ts doctest
 * import { chooseLayerSum, gradientPresets } from "@dqrm/dlrm";
 * const choose = (codec: "float32" | "int8", workers: number) =>
 *   chooseLayerSum("auto", { ...gradientPresets[codec], shards: workers }, workers);
 * [choose("float32", 2), choose("float32", 4), choose("int8", 4)]; // => ["gather", "owner", "gather"]
 * ```
 */
export function chooseLayerSum(
  wanted: LayerSum | "auto",
  { errorFeedback, layers, shards }: Pick<GradientsConfig, "errorFeedback" | "layers" | "shards">,
  workers: number,
): LayerSum {
  if (wanted !== "auto") return wanted;
  if (workers < LEAST_WORKERS || errorFeedback || layers.codec !== "rows") return "gather";
  const sentBits = ((VALUE_BITS[layers.values] ?? 0) * shards * (workers - 1)) / workers;
  return sentBits > 32 ? "owner" : "gather";
}

/** Says who owns a layer: all workers its rows, where each row is encoded for itself and nothing is kept of the whole, else one. */
export function layerOwners(
  layerSum: LayerSum,
  codec: SectionedCodec,
  { errorFeedback, shared }: GradientCodecs,
): { readonly owners?: "one" | "rows" } {
  if (layerSum === "gather") return {};
  const apart = codec.section.rowwise === true && !errorFeedback && shared.layers === undefined;
  return { owners: apart ? "rows" : "one" };
}
