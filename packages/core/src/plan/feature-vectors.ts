import type { Batch } from "../format/batch.ts";
import type { Jagged } from "../format/jagged.ts";
import type { Kernels } from "../kernel/kernels.ts";
import { createFeature } from "./feature/create-feature.ts";
import type { RowsReader, TableLookupFactory } from "./feature/feature.ts";
import { createSharedGradients } from "./feature/shared-gradients.ts";
import type { ModelSpec } from "./model-spec.ts";
import { vectorCols } from "./model-state.ts";
import type { LayerTensors, SparseGradients } from "./plan.ts";

/** Gives the features of a model the tables and weights that they see. */
export interface FeatureParts {
  readonly projections: readonly LayerTensors[];
  readonly poolingWeights: readonly Float32Array[];
  /** Absent when only serving. */
  readonly readRows: readonly RowsReader[] | undefined;
  readonly lookup: TableLookupFactory;
}

/**
 * Turns the bags of a batch into the vectors that interact, and their gradient into that of tables.
 *
 * @shape vectors, dvectors f32[size × (leadingVectors + features) × cols]; leading vectors are neither read nor written
 */
export interface FeatureVectors {
  /** @throws INDEX_RANGE; VALUE or SHAPE when the bags do not fit together */
  forward(batch: Batch, vectors: Float32Array): void;
  /** Comes after `forward` with the same batch. */
  backward(batch: Batch, dvectors: Float32Array, gradients: SparseGradients): void;
}

/** Fixes how large the batches of features are, and where their vectors stand. */
export interface FeatureOptions {
  readonly maxBatch: number;
  /** Vectors of each sample that stand before those of the features: room for the bottom layers', or none. */
  readonly leadingVectors: 0 | 1;
}

/** Prepares the features of a model. */
export function createFeatureVectors(
  spec: ModelSpec,
  parts: FeatureParts,
  kernels: Kernels,
  { leadingVectors, maxBatch }: FeatureOptions,
): FeatureVectors {
  const context = { ...parts, spec, kernels, maxBatch };
  const cols = vectorCols(spec);
  const stride = (leadingVectors + spec.features.length) * cols;
  const projectionOf = projectionIndex(spec);
  const shared = createSharedGradients(spec, kernels);
  const features = spec.features.map((feature, f) => {
    const placement = { stride, offset: (leadingVectors + f) * cols };
    return createFeature(context, feature, placement, parts.projections[projectionOf[f]]);
  });
  const bags: Jagged[] = [];
  return {
    forward({ bags: given, size }, vectors) {
      for (let f = 0; f < features.length; f++) bags[f] = cutBags(given[f], size);
      for (let f = 0; f < features.length; f++) features[f].forward(bags[f], vectors, size);
    },
    backward({ size }, dvectors, gradients) {
      for (let f = 0; f < features.length; f++) {
        features[f].backward(bags[f], dvectors, size, {
          ...shared.of(f, gradients),
          projection: gradients.projections[projectionOf[f]],
        });
      }
      shared.join(gradients);
    },
  };
}

function projectionIndex(spec: ModelSpec): readonly number[] {
  let next = 0;
  return spec.features.map(({ kind }) => (kind === "projected" ? next++ : -1));
}

/** The last batch of an epoch may come in longer arrays; kernels that take whole bags need the exact number. */
function cutBags(bags: Jagged, size: number): Jagged {
  if (bags.offsets.length === size + 1) return bags;
  const offsets = bags.offsets.subarray(0, size + 1);
  return { ...bags, offsets };
}
