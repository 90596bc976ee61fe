import type { MixedDimensionsConfig } from "../config/dlrm-config.ts";

/**
 * Gives the width of each table by the power rule: the shortest table keeps `embeddingDim`, longer ones are narrower.
 *
 * @units d_i = λ·rows_i^(−temperature), λ = embeddingDim·rows_min^temperature, rounded half to even, at least 1
 * @source facebookresearch/dlrm tricks/md_embedding_bag.py, md_solver
 *
 * ```ts doctest
 * import { mixedDimensions } from "@dqrm/dlrm";
 * const choice = { enabled: true, threshold: 0, temperature: 0.3, roundDims: false };
 * mixedDimensions([40, 9, 3], 4, choice); // => [2, 3, 4]
 * ```
 */
export function mixedDimensions(
  rows: readonly number[],
  embeddingDim: number,
  { roundDims, temperature, threshold }: MixedDimensionsConfig,
): readonly number[] {
  const lambda = embeddingDim * Math.min(...rows) ** temperature;
  return rows.map((count) => {
    if (count <= threshold) return embeddingDim;
    const width = roundHalfEven(Math.max(1, lambda * count ** -temperature));
    const rounded = roundDims ? 2 ** roundHalfEven(Math.log2(width)) : width;
    return Math.min(rounded, embeddingDim);
  });
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
