import type { PackedRows } from "../format/row-format.ts";
import type { Kernels } from "../kernel/kernels.ts";
import { createFeatureVectors, type FeatureOptions, type FeatureVectors } from "./feature-vectors.ts";
import type { TableLookup, TableLookupFactory } from "./feature/feature.ts";
import type { LayerTensors, PackedLayer, PackedModel } from "./plan.ts";

/**
 * Prepares the vectors of a packed model's features, over tables that are read in place: the part of serving that is left
 * to core by a plan that runs the layers itself.
 *
 * @throws UNSUPPORTED when no backend has a kernel that a table needs
 *
 * ```ts doctest
 * import { createKernels, createServedFeatures, jaggedFrom, reference } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const layer = (inputs: number) => ({ weight: new Float32Array(inputs), bias: new Float32Array(1) });
 * const tables = [Float32Array.of(1, 2, 3, 4, 5, 6)];
 * const model = { spec, tables, poolingWeights: [new Float32Array(0)], bottom: [layer(2)], top: [layer(3)], projections: [] };
 * const features = createServedFeatures(model, createKernels([reference]), { maxBatch: 1, leadingVectors: 0 });
 * const vectors = new Float32Array(2);
 * features.forward({ size: 1, dense: Float32Array.of(0), labels: Float32Array.of(0), bags: [jaggedFrom([[0, 2]])] }, vectors);
 * [...vectors]; // => [6, 8]
 * ```
 */
export function createServedFeatures(
  model: PackedModel,
  kernels: Kernels,
  options: FeatureOptions,
): FeatureVectors {
  const parts = {
    projections: servedLayers(model.projections, kernels),
    poolingWeights: model.poolingWeights,
    readRows: undefined,
    lookup: packedLookup(model, kernels),
  };
  return createFeatureVectors(model.spec, parts, kernels, options);
}

/**
 * Gives the weights of packed layers as floats, copied where they are codes.
 *
 * ```ts doctest
 * import { createKernels, reference, servedLayers } from "@dqrm/core";
 * const format = { bits: 8, cols: 1, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const weight = { format, rows: 1, codes: Uint8Array.of(130), scale: Float32Array.of(0.5), bias: new Float32Array(0) };
 * servedLayers([{ weight, bias: Float32Array.of(3) }], createKernels([reference])); // => [{ weight: [1], bias: [3] }]
 * ```
 */
export function servedLayers(layers: readonly PackedLayer[], kernels: Kernels): readonly LayerTensors[] {
  return layers.map(({ bias, weight }) => ({
    weight: dequantized(weight, kernels),
    bias: dequantized(bias, kernels),
  }));
}

function dequantized(weights: PackedRows | Float32Array, kernels: Kernels): Float32Array {
  if (weights instanceof Float32Array) return weights;
  const { format, rows } = weights;
  const floats = new Float32Array(rows * format.cols);
  kernels.prepare("dequantizeRows", format)(weights, floats, 0, rows);
  return floats;
}

function packedLookup(model: PackedModel, kernels: Kernels): TableLookupFactory {
  return (table, pooling, placement): TableLookup => {
    const rows = model.tables[table];
    if (rows instanceof Float32Array) {
      const { cols, rows: count } = model.spec.tables[table];
      const bag = kernels.prepare("embeddingBag", { cols, pooling, ...placement });
      return (bags, dst, size) => {
        bag(rows, count, bags, dst, 0, size);
      };
    }
    const bag = kernels.prepare("embeddingBagPacked", { format: rows.format, pooling, ...placement });
    return (bags, dst, size) => {
      bag(rows, bags, dst, 0, size);
    };
  };
}
