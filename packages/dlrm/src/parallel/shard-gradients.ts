import {
  createRowGradient,
  reserveRowGradient,
  type LayerTensors,
  type ModelGradients,
  type RowGradient,
} from "@dqrm/core";
import type { ModelParameter, ParameterPlace } from "./model-parameters.ts";

/** Holds a copy of the gradients of one shard, in the order of the parameters. */
export interface ShardGradients {
  readonly gradients: readonly RowGradient[];
  /** Copies what a plan computed for the shard, times the shard's share of the batch. */
  take(gradients: ModelGradients, loss: number, share: number): void;
  /** Holds nothing: the shard had no samples. */
  clear(): void;
  /** Asks all workers to stop after the step, or not. */
  askToStop(stop: boolean): void;
}

/**
 * Allocates the gradients of a shard.
 *
 * @cost 4 bytes for each value of the layers; rows grow with the batches
 *
 * ```ts doctest
 * import { buildModelSpec, createShardGradients, gradientCodecs, gradientPresets, modelParameters, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const parameters = modelParameters(spec, gradientCodecs(gradientPresets.int4));
 * createShardGradients(parameters).gradients[1].cols; // => 4
 * ```
 */
export function createShardGradients(parameters: readonly ModelParameter[]): ShardGradients {
  const gradients = parameters.map(({ cols, place, rows }) =>
    place.kind === "tables" || place.kind === "poolingWeights"
      ? createRowGradient(cols, 0)
      : whole(rows, cols),
  );
  return {
    gradients,
    take(source, loss, share) {
      parameters.forEach(({ place }, p) => {
        const target = gradients[p];
        if ("part" in place) copyDense(layerValues(source, place), target, share);
        else if ("index" in place) copyRows(source[place.kind][place.index], target, share);
        else if (place.kind === "loss") {
          target.count = 1;
          target.values[0] = loss * share;
        }
      });
    },
    clear() {
      for (const gradient of gradients) gradient.count = 0;
    },
    askToStop(stop) {
      const asked = gradients[parameters.findIndex(({ place }) => place.kind === "stop")];
      asked.count = stop ? 1 : 0;
      asked.values[0] = 1;
    },
  };
}

/** Finds the array of a layer's part. */
export function layerValues(
  gradients: Readonly<Record<"bottom" | "top" | "projections", readonly LayerTensors[]>>,
  place: Extract<ParameterPlace, { part: string }>,
): Float32Array {
  return gradients[place.kind][place.index][place.part];
}

function whole(rows: number, cols: number): RowGradient {
  const gradient = createRowGradient(cols, rows);
  for (let i = 0; i < rows; i++) gradient.rows[i] = i;
  return gradient;
}

function copyDense(values: Float32Array, target: RowGradient, share: number): void {
  target.count = values.length / target.cols;
  scale(values, target.values, values.length, share);
}

function copyRows({ cols, count, rows, values }: RowGradient, target: RowGradient, share: number): void {
  reserveRowGradient(target, count);
  target.count = count;
  target.rows.set(rows.subarray(0, count));
  scale(values, target.values, count * cols, share);
}

function scale(values: Float32Array, out: Float32Array, count: number, factor: number): void {
  if (factor === 1) out.set(values.subarray(0, count));
  else for (let i = 0; i < count; i++) out[i] = values[i] * factor;
}
