import { projectionLayers, tableLengths, type ModelSpec } from "@dqrm/core";

/** Holds the bytes of what training keeps of a model between two steps; activations and gradients come on top. */
export interface TrainingBytes {
  /** Float weights of the tables, masters of codes or not, with the counts that a dead zone by frequency keeps. */
  readonly weights: number;
  /** Codes and scales of tables that have no float weights. */
  readonly stored: number;
  /** What the optimizer remembers of tables and layers, always in FP32. */
  readonly optimizer: number;
  /** Linear layers, projections and pooling weights. */
  readonly layers: number;
  readonly total: number;
}

/** Bytes of one 32-bit number. */
const NUMBER_BYTES = 4;

/**
 * Counts the bytes of what training keeps of a model, which for the tables is most of its memory.
 *
 * @units weights + stored + optimizer + layers = total; the best weights so far take weights + stored + layers once more
 *
 * ```ts doctest
 * import { buildModelSpec, presets, setConfigValues, trainingBytes } from "@dqrm/dlrm";
 * const shape = { denseFeatures: 13, features: [{ name: "ad", rows: 1000 }] };
 * const stored = setConfigValues(presets.kaggle, [
 *   ["quantization.tables.quantizer", "stored"],
 *   ["quantization.tables.granularity", "row"],
 *   ["quantization.tables.bits", "8"],
 * ]);
 * trainingBytes(buildModelSpec(presets.kaggle, shape)).weights; // => 64000
 * trainingBytes(buildModelSpec(stored, shape)).stored; // => 20000
 * ```
 */
export function trainingBytes(spec: ModelSpec): TrainingBytes {
  const remembers = spec.optimizer.kind !== "sgd";
  const bytes = { weights: 0, stored: 0, optimizer: 0, layers: 0 };
  for (const table of spec.tables) {
    const lengths = tableLengths(table, spec.optimizer);
    const scales = NUMBER_BYTES * lengths.scale;
    bytes.weights += NUMBER_BYTES * (lengths.weights + lengths.touches);
    bytes.stored += lengths.codes;
    if (table.quantization.kind === "stored") bytes.stored += scales;
    bytes.optimizer += NUMBER_BYTES * (lengths.optimizer + lengths.poolingOptimizer);
    bytes.layers += NUMBER_BYTES * lengths.poolingWeights;
  }
  const dense = NUMBER_BYTES * parameters(spec);
  bytes.layers += dense;
  if (remembers) bytes.optimizer += dense;
  return { ...bytes, total: bytes.weights + bytes.stored + bytes.optimizer + bytes.layers };
}

function parameters(spec: ModelSpec): number {
  const biased = [...spec.bottom, ...spec.top].map(({ inputs, outputs }) => (inputs + 1) * outputs);
  const unbiased = projectionLayers(spec).map(({ inputs, outputs }) => inputs * outputs);
  return [...biased, ...unbiased].reduce((sum, count) => sum + count, 0);
}
