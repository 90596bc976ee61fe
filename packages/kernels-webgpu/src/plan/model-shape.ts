import { interactionWidth, vectorCols, type LayerSpec, type ModelSpec, type Pooling } from "@dqrm/core";

/** Describes a feature that is one embedding bag. */
export interface TableFeature {
  readonly table: number;
  readonly pooling: Pooling;
}

/** Says what the plans need to know of a model's shape. */
export interface ModelShape {
  readonly spec: ModelSpec;
  readonly features: readonly TableFeature[];
  /** Vectors that interact, the bottom's first. */
  readonly vectors: number;
  readonly cols: number;
  /** Floats from one sample's vectors to the next's. */
  readonly stride: number;
  readonly crossed: number;
}

/** Says what plans take, for the page of support. */
export const PLAN_MODELS = {
  training:
    "takes sgd over tables of floats and of fake quantization, one bag for each feature, no pooling weights, no quantized activations, no dropout or decay; products of floats",
  inference:
    "takes floats and multiples of a scale, one bag for each feature, no pooling weights, no quantized activations; products of floats, of floats rounded to 16 bits where the adapter has them, or of 8-bit integers",
} as const;

/** Gives the shape of a model whose features are single bags, or answers undefined. */
export function modelShape(spec: ModelSpec): ModelShape | undefined {
  if (spec.bottom.length === 0 || spec.tables.some(({ poolingWeights }) => poolingWeights !== "none"))
    return undefined;
  const features: TableFeature[] = [];
  for (const feature of spec.features) {
    if (feature.kind !== "table") return undefined;
    features.push(feature);
  }
  const cols = vectorCols(spec);
  const vectors = features.length + 1;
  return { spec, features, vectors, cols, stride: vectors * cols, crossed: interactionWidth(spec) };
}

/** Lists all layers, the bottom's first. */
export function layersOf({ bottom, top }: ModelSpec): readonly LayerSpec[] {
  return [...bottom, ...top];
}
