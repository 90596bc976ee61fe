import {
  coreCols,
  tensorTrainShape,
  type FeatureSpec,
  type ModelSpec,
  type TableQuantization,
  type TableSpec,
} from "@dqrm/core";
import type { EncodedFeature } from "@dqrm/data";
import type { ModelConfig } from "../config/dlrm-config.ts";
import { mixedDimensions } from "./mixed-dimensions.ts";

/** Says how a table of so many rows is quantized; without rows, one that features share. */
export type QuantizationOf = (rows?: number) => TableQuantization;

/** Collects the tables of a model while its features are described. */
interface Tables {
  readonly list: TableSpec[];
  /** Appends a table and returns its number. */
  add(name: string, rows: number, cols: number): number;
  /** Returns the number of the array that robe features share, which the first of them appends. */
  robe(): number;
}

/** Describes one feature: its data, the rows of all features before it, and the width that its own table would have. */
interface SourceFeature extends EncodedFeature {
  readonly seed: number;
  readonly keyOffset: number;
  readonly width: number;
}

/** Describes the embeddings of a model: small tables whole, large ones in the way that the configuration chooses. */
export function embedFeatures(
  model: ModelConfig,
  source: readonly EncodedFeature[],
  quantizationOf: QuantizationOf,
): Pick<ModelSpec, "tables" | "features"> {
  const tables = createTables(model, quantizationOf);
  const widths = tableWidths(model, source);
  let keyOffset = 0;
  const features = source.map((feature, f) => {
    const described = { ...feature, seed: f, keyOffset, width: widths[f] };
    keyOffset += feature.rows;
    return embed(model, described, tables);
  });
  return { tables: tables.list, features };
}

function createTables(model: ModelConfig, quantizationOf: QuantizationOf): Tables {
  const list: TableSpec[] = [];
  const { poolingWeights } = model;
  let shared = -1;
  return {
    list,
    add: (name, rows, cols) =>
      list.push({ name, rows, cols, quantization: quantizationOf(rows), poolingWeights }) - 1,
    robe() {
      if (shared >= 0) return shared;
      const { blockCols, cells, hash } = model.robe;
      const shape =
        hash === "mixing"
          ? { rows: Math.floor(cells / blockCols), cols: blockCols }
          : { rows: cells, cols: 1 };
      shared = list.push({ name: "robe", ...shape, quantization: quantizationOf(), poolingWeights }) - 1;
      return shared;
    },
  };
}

function embed(model: ModelConfig, feature: SourceFeature, tables: Tables): FeatureSpec {
  const { hashing, pooling, quotientRemainder, robe, tensorTrain } = model;
  const { keyOffset, name, rows, seed, width } = feature;
  if (quotientRemainder.enabled && rows > quotientRemainder.threshold) {
    return splitFeature(model, feature, tables);
  }
  if (hashing.enabled && rows > Math.max(hashing.threshold, hashing.rows)) {
    return { kind: "hashed", table: tables.add(name, hashing.rows, width), rows, seed, pooling };
  }
  if (robe.enabled && rows > robe.threshold) {
    const { blockCols, hash, signs } = robe;
    // One seed for all: their keys are apart, and a block of one may well be a block of another.
    return { kind: "robe", table: tables.robe(), rows, blockCols, hash, keyOffset, seed: 0, signs, pooling };
  }
  if (tensorTrain.enabled && rows > tensorTrain.threshold) {
    const train = trainFeature(model, feature, tables);
    if (train !== undefined) return train;
  }
  const whole = width === model.bottom[model.bottom.length - 1];
  return { kind: whole ? "table" : "projected", table: tables.add(name, rows, width), pooling };
}

function splitFeature(
  { embeddingDim, pooling, quotientRemainder }: ModelConfig,
  { name, rows }: SourceFeature,
  tables: Tables,
): FeatureSpec {
  const { collisions, combine } = quotientRemainder;
  const quotient = tables.add(`${name}.quotient`, Math.ceil(rows / collisions), embeddingDim);
  const remainder = tables.add(`${name}.remainder`, collisions, embeddingDim);
  return { kind: "quotient-remainder", quotient, remainder, collisions, combine, pooling };
}

function trainFeature(
  { pooling, tensorTrain }: ModelConfig,
  { name, rows, width }: SourceFeature,
  tables: Tables,
): FeatureSpec | undefined {
  const { rank } = tensorTrain;
  const shape = tensorTrainShape(rows, width, rank);
  const cols = coreCols(shape);
  if (shape.coreRows.reduce((sum, count, k) => sum + count * cols[k], 0) >= rows * width) return undefined;
  const core = (k: 0 | 1 | 2): number => tables.add(`${name}.core${k + 1}`, shape.coreRows[k], cols[k]);
  return { kind: "tensor-train", tables: [core(0), core(1), core(2)], rows, dims: shape.dims, rank, pooling };
}

function tableWidths(model: ModelConfig, source: readonly EncodedFeature[]): readonly number[] {
  const vectorCols = model.bottom[model.bottom.length - 1];
  if (!model.mixedDimensions.enabled) return source.map(() => vectorCols);
  const rows = source.map((feature) => feature.rows);
  return mixedDimensions(rows, model.embeddingDim, model.mixedDimensions);
}
