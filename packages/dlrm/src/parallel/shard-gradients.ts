import {
  createRowGradient,
  GRADIENT_GROUPS,
  reserveRowGradient,
  type GradientGroup,
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
  /** Copies of it the gradients of some groups. */
  takeGroups(gradients: ModelGradients, groups: readonly GradientGroup[], share: number): void;
  /** Copies of it the mean loss. */
  takeLoss(loss: number, share: number): void;
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
 * createShardGradients(parameters).gradients[0].cols; // => 17
 * ```
 */
export function createShardGradients(parameters: readonly ModelParameter[]): ShardGradients {
  const gradients = parameters.map(({ cols, place, rows }) =>
    place.kind === "tables" || place.kind === "poolingWeights"
      ? createRowGradient(cols, 0)
      : whole(rows, cols),
  );
  const numberOf = (kind: "loss" | "stop"): RowGradient =>
    gradients[parameters.findIndex(({ place }) => place.kind === kind)];
  const store: ShardGradients = {
    gradients,
    take(source, loss, share) {
      store.takeGroups(source, GRADIENT_GROUPS, share);
      store.takeLoss(loss, share);
    },
    takeGroups(source, groups, share) {
      parameters.forEach(({ place }, p) => {
        if (!("index" in place && groups.includes(place.kind))) return;
        if ("part" in place) copyDense(layerValues(source, place), gradients[p], share);
        else copyRows(source[place.kind][place.index], gradients[p], share);
      });
    },
    takeLoss(loss, share) {
      const mean = numberOf("loss");
      mean.count = 1;
      mean.values[0] = loss * share;
    },
    clear() {
      for (const gradient of gradients) gradient.count = 0;
    },
    askToStop(stop) {
      const asked = numberOf("stop");
      asked.count = stop ? 1 : 0;
      asked.values[0] = 1;
    },
  };
  return store;
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
