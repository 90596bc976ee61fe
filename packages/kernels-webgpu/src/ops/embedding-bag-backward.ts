import { bagCount } from "@dqrm/core";
import { checkBags, checkLength, checkPlacement } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { checkWidth, sortTerms, sumSegments } from "./row-segments.ts";
import { touchedBags, type TouchedBags } from "./touched-bags.ts";

const op = "embeddingBagBackward";

/** Gives, for each position, its bag and the factor of the bag's gradient. */
export function termsOf(
  { offsets, weights }: Pick<TouchedBags, "offsets" | "weights">,
  mean: boolean,
): { readonly bags: Uint32Array; readonly factors: Float32Array } {
  const count = offsets[offsets.length - 1];
  const bags = new Uint32Array(count);
  const factors = new Float32Array(count);
  for (let bag = 0; bag + 1 < offsets.length; bag++) {
    const [first, last] = [offsets[bag], offsets[bag + 1]];
    bags.fill(bag, first, last);
    for (let at = first; at < last; at++) factors[at] = (weights?.[at] ?? 1) / (mean ? last - first : 1);
  }
  return { bags, factors };
}

/** Serves the coalesced gradient of the rows that bags read. */
export function serveEmbeddingBagBackward(host: Host): Factory<"embeddingBagBackward"> {
  return function prepareEmbeddingBagBackward(spec) {
    const { cols, offset, pooling, stride } = spec;
    checkPlacement(op, spec, cols);

    return function embeddingBagBackward(gradient, rows, bags, out) {
      const count = bagCount(bags);
      checkBags(op, bags, 0, count);
      checkLength(op, "gradient", gradient.length, count * stride);
      checkWidth(op, out, cols);
      const touched = touchedBags(op, bags, rows, 0, count);
      const terms = termsOf(touched, pooling === "mean");
      const segments = sortTerms(touched.rows, touched.indices);
      sumSegments(
        host,
        segments,
        {
          matrix: gradient.subarray(0, count * stride),
          stride,
          offset,
          sources: segments.positions.map((position) => terms.bags[position]),
          factors: Float32Array.from(segments.positions, (position) => terms.factors[position]),
        },
        out,
      );
    };
  };
}
