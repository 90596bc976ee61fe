import {
  ACTIVATION_RANGE,
  activationSites,
  hasBias,
  layerFormat,
  packedTableFormat,
  projectionLayers,
  rowBytes,
  scaleCount,
  type LayerSpec,
  type ModelSpec,
  type PackedLayer,
  type PackedModel,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";
import type { TensorEntry } from "../safetensors/dtype.ts";

/** Names the ranges of quantized inputs in a file, as a matrix of (smallest, largest, observed). */
export const ACTIVATIONS = "activations";

/** Says what a part of a model is, for a ledger of bytes. */
export type PartKind = "table" | "pooling-weights" | "layer";

/** Describes one matrix of a model's file: its name there, its shape, and how a spec packs it. */
export interface ModelPart {
  readonly name: string;
  readonly kind: PartKind;
  readonly rows: number;
  readonly cols: number;
  /** Undefined where the spec quantizes nothing. */
  readonly format: RowFormat | undefined;
}

/**
 * Lists the matrices of a model in file order: tables, their pooling weights, layers.
 *
 * A weight and its bias are neighbours, the weight first; a part without elements is left out.
 */
export function modelParts(spec: ModelSpec): readonly ModelPart[] {
  const tables = spec.tables.map((table, t): ModelPart => {
    const { cols, rows } = table;
    return { name: `tables.${t}`, kind: "table", rows, cols, format: packedTableFormat(table) };
  });
  const pooling = spec.tables.flatMap(({ poolingWeights, rows }, t): ModelPart[] =>
    poolingWeights === "none"
      ? []
      : [{ name: `tables.${t}.pooling`, kind: "pooling-weights", rows, cols: 1, format: undefined }],
  );
  return [
    ...tables,
    ...pooling,
    ...spec.bottom.flatMap((layer, k) => layerParts(spec, `bottom.${k}`, layer)),
    ...spec.top.flatMap((layer, k) => layerParts(spec, `top.${k}`, layer)),
    ...projectionLayers(spec).map(({ inputs, outputs }, k): ModelPart => ({
      name: `projections.${k}.weight`,
      kind: "layer",
      rows: outputs,
      cols: inputs,
      format: undefined,
    })),
    ...activationParts(spec),
  ];
}

/** The ranges of quantized inputs, a row for each. */
function activationParts(spec: ModelSpec): readonly ModelPart[] {
  const rows = activationSites(spec).length;
  const part = { name: ACTIVATIONS, kind: "layer", cols: ACTIVATION_RANGE, format: undefined } as const;
  return rows === 0 ? [] : [{ ...part, rows }];
}

function layerParts(
  { linearQuantization }: ModelSpec,
  name: string,
  { inputs, outputs }: LayerSpec,
): readonly ModelPart[] {
  const fake = linearQuantization.kind === "fake" ? linearQuantization : undefined;
  const weight = fake && layerFormat(fake, inputs);
  const bias = fake?.bias === "same" ? layerFormat(fake, 1) : undefined;
  return [
    { name: `${name}.weight`, kind: "layer", rows: outputs, cols: inputs, format: weight },
    { name: `${name}.bias`, kind: "layer", rows: outputs, cols: 1, format: bias },
  ];
}

/** Lists the matrices that a packed model holds, in the order of {@link modelParts}. */
export function partValues(model: PackedModel): readonly (PackedRows | Float32Array)[] {
  const layers = (list: readonly PackedLayer[]): readonly (PackedRows | Float32Array)[] =>
    list.flatMap(({ bias, weight }) => [weight, bias]);
  return [
    ...model.tables,
    ...model.poolingWeights.filter((_, t) => model.spec.tables[t].poolingWeights !== "none"),
    ...layers(model.bottom),
    ...layers(model.top),
    ...model.projections.map(({ weight }) => weight),
    ...(model.activationRanges === undefined ? [] : [model.activationRanges]),
  ];
}

/** Describes the tensors of one part: its floats, or its codes, scales and biases. */
export function partTensors({ cols, format, name, rows }: ModelPart): readonly TensorEntry[] {
  if (format === undefined) return [{ name, dtype: "F32", shape: [rows, cols] }];
  return packedTensors(name, rows, format);
}

/**
 * Describes the tensors of packed rows: codes, scales, and biases where the scheme has them.
 *
 * @shape codes u8[rows × rowBytes]; scale and bias f32[scaleCount]
 */
export function packedTensors(name: string, rows: number, format: RowFormat): readonly TensorEntry[] {
  const scales = { dtype: "F32", shape: [scaleCount(format, rows)] } as const;
  const entries: TensorEntry[] = [
    { name: `${name}.codes`, dtype: "U8", shape: [rows, rowBytes(format)] },
    { name: `${name}.scale`, ...scales },
  ];
  if (hasBias(format.scheme)) entries.push({ name: `${name}.bias`, ...scales });
  return entries;
}
