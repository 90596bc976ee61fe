import {
  hasBias,
  type LayerSpec,
  type PackedLayer,
  type PackedModel,
  type PackedRows,
  type Pooling,
} from "@dqrm/core";
import { schemeNumber } from "../ops/served-scheme.ts";
import { ACTIVATIONS, type ModelDescription } from "./describe-training.ts";

/** Fixes what the addon compiles besides the model. */
export interface ServingOptions {
  readonly maxBatch: number;
  /** Layers multiply whole numbers of 8 bits. */
  readonly wholeProducts: boolean;
}

/** Describes a packed model, whose tables the addon reads in place and whose layers it copies. */
export function describeInference(
  { bottom, spec, tables, top }: PackedModel,
  { maxBatch, wholeProducts }: ServingOptions,
  poolings: readonly Pooling[],
): ModelDescription {
  const numbers = [
    spec.denseFeatures,
    maxBatch,
    Number(spec.interaction.kind === "cat"),
    Number(spec.interaction.itself),
    spec.loss.threshold,
    Number(wholeProducts),
    spec.tables.length,
    ...spec.tables.flatMap(({ cols, rows }, t) => [
      rows,
      cols,
      Number(poolings[t] === "mean"),
      ...rowNumbers(tables[t], cols),
    ]),
    spec.features.length,
    ...spec.features.map((feature) => (feature.kind === "table" ? feature.table : 0)),
    ...stackNumbers(spec.bottom, bottom),
    ...stackNumbers(spec.top, top),
  ];
  const layers = [...bottom, ...top].flatMap(({ bias, weight }) => [
    ...rowArrays(weight),
    ...rowArrays(bias),
  ]);
  return { numbers: Float64Array.from(numbers), arrays: [...tables.flatMap(rowArrays), ...layers] };
}

/** Lists the arrays that a plan reads at each call. */
export function arraysInPlace({ tables }: PackedModel): readonly ArrayBufferView[] {
  return tables.flatMap(rowArrays);
}

/** Lists what a model has in codes. */
export function packedMatrices({ bottom, tables, top }: PackedModel): readonly PackedRows[] {
  const matrices = [...tables, ...[...bottom, ...top].flatMap(({ bias, weight }) => [weight, bias])];
  return matrices.flatMap((rows) => (rows instanceof Float32Array ? [] : [rows]));
}

/** A row of scales that all rows share has no step to the next. */
function rowNumbers(rows: PackedRows | Float32Array, cols: number): readonly number[] {
  if (rows instanceof Float32Array) return [0, 0, cols, 0];
  const { bits, granularity } = rows.format;
  const scheme = schemeNumber(rows.format);
  if (granularity.kind === "table") return [bits, scheme, cols, 0];
  if (granularity.kind === "row") return [bits, scheme, cols, 1];
  const spanCols = Math.min(granularity.groupCols, cols);
  return [bits, scheme, spanCols, Math.ceil(cols / spanCols)];
}

function rowArrays(rows: PackedRows | Float32Array): readonly ArrayBufferView[] {
  if (rows instanceof Float32Array) return [rows];
  const { bias, codes, format, scale } = rows;
  return hasBias(format.scheme) ? [codes, scale, bias] : [codes, scale];
}

function stackNumbers(specs: readonly LayerSpec[], layers: readonly PackedLayer[]): readonly number[] {
  return [
    specs.length,
    ...specs.flatMap(({ activation, inputs, outputs }, k) => [
      inputs,
      outputs,
      ACTIVATIONS[activation],
      ...rowNumbers(layers[k].weight, inputs),
      ...rowNumbers(layers[k].bias, 1),
    ]),
  ];
}
