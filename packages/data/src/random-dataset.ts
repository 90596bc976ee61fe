import { checkInteger, checkNumber } from "./check.ts";
import type { EncodedDataset } from "./dataset.ts";
import { MAX_TABLE_ROWS } from "./limits.ts";
import { memoryDataset, type MemoryColumn } from "./memory-dataset.ts";
import { createWordStream } from "./word-stream.ts";
import { prepareZipf } from "./zipf.ts";

/** Says how rows of a table are drawn. */
export type IndexDistribution =
  { readonly kind: "uniform" } | { readonly kind: "zipf"; readonly alpha: number };

/** Describes one sparse feature of random data. */
export interface RandomFeature {
  readonly rows: number;
  /** Fewest indices of a bag; 1 when absent. */
  readonly minIndices?: number;
  /** Most indices of a bag, drawn uniformly; minIndices when absent. Repeated indices may occur. */
  readonly maxIndices?: number;
  /** uniform when absent. */
  readonly distribution?: IndexDistribution;
}

/** Describes data without any signal, for timing and for tests of memory. */
export interface RandomDatasetOptions {
  /** Number of samples. */
  readonly rows: number;
  readonly seed: number;
  /** Uniform in [0, 1). */
  readonly denseFeatures: number;
  readonly features: readonly RandomFeature[];
  /** Probability of label 1; 0.5 when absent. */
  readonly positiveRate?: number;
}

const OP = "randomDataset";

/** Random samples are held in memory. */
const MAX_RANDOM_ROWS = 1 << 28;

/** The longest bags of public recommender traces hold a few hundred indices. */
const MAX_BAG_INDICES = 1 << 16;

function drawColumn(feature: RandomFeature, samples: number, seed: number, stream: number): MemoryColumn {
  const rows = checkInteger(OP, "feature rows", feature.rows, [1, MAX_TABLE_ROWS]);
  const least = checkInteger(OP, "minIndices", feature.minIndices ?? 1, [0, MAX_BAG_INDICES]);
  const most = checkInteger(OP, "maxIndices", feature.maxIndices ?? least, [least, MAX_BAG_INDICES]);
  const words = createWordStream({ seed, stream });
  const distribution = feature.distribution ?? { kind: "uniform" };
  const row =
    distribution.kind === "zipf"
      ? prepareZipf(rows, checkNumber(OP, "alpha", distribution.alpha, [0, 16]))
      : (uniform: number) => Math.floor(uniform * rows);
  if (least === 1 && most === 1)
    return { indices: Int32Array.from({ length: samples }, () => row(words.uniform())) };
  const offsets = new Int32Array(samples + 1);
  for (let i = 0; i < samples; i++) {
    const length = least + Math.floor(words.uniform() * (most - least + 1));
    offsets[i + 1] = checkInteger(OP, "indices of a feature", offsets[i] + length, [0, 2 ** 31 - 1]);
  }
  return { indices: Int32Array.from({ length: offsets[samples] }, () => row(words.uniform())), offsets };
}

/**
 * Generates data without any signal: labels do not depend on features.
 *
 * @throws VALUE when an option is out of range
 * @source facebookresearch/dlrm `--data-generation=random`, here with counter-based streams
 *
 * ```ts doctest
 * import { randomDataset } from "@dqrm/data";
 * const feature = { rows: 5, minIndices: 0, maxIndices: 3 };
 * randomDataset({ rows: 10, seed: 1, denseFeatures: 2, features: [feature] }).features;
 * // => [{ name: "table-0", rows: 5 }]
 * ```
 */
export function randomDataset(options: RandomDatasetOptions): EncodedDataset {
  const samples = checkInteger(OP, "rows", options.rows, [0, MAX_RANDOM_ROWS]);
  const seed = checkInteger(OP, "seed", options.seed, [-(2 ** 31), 2 ** 32 - 1]);
  const denseFeatures = checkInteger(OP, "denseFeatures", options.denseFeatures, [0, 1 << 16]);
  const rate = checkNumber(OP, "positiveRate", options.positiveRate ?? 0.5, [0, 1]);
  const columns = options.features.map((feature, f) => drawColumn(feature, samples, seed, f + 2));
  const dense = new Float32Array(samples * denseFeatures);
  const values = createWordStream({ seed, stream: 0 });
  // Rounding 1 - 2^-32 to 32-bit floats gives 1; 24 bits keep the interval half open.
  for (let i = 0; i < dense.length; i++) dense[i] = Math.floor(values.uniform() * 2 ** 24) / 2 ** 24;
  const labels = new Float32Array(samples);
  const draws = createWordStream({ seed, stream: 1 });
  for (let i = 0; i < samples; i++) labels[i] = draws.uniform() < rate ? 1 : 0;
  const features = options.features.map(({ rows }, f) => ({ name: `table-${f}`, rows }));
  return memoryDataset({ denseFeatures, features, dense, labels, columns });
}
