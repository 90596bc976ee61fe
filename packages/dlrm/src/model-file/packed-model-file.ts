import {
  ACTIVATION_RANGE,
  activationSites,
  checkPackedRows,
  DqrmError,
  hasBias,
  isDeadZone,
  isLevel,
  parseJson,
  projectionLayers,
  type LayerSpec,
  type ModelSpec,
  type PackedLayer,
  type PackedModel,
  type PackedRows,
  type Scheme,
} from "@dqrm/core";
import { decodeSafetensors } from "../safetensors/decode.ts";
import { encodeSafetensors, type SafetensorsFile } from "../safetensors/encode.ts";
import { layoutSafetensors, type SafetensorsLayout } from "../safetensors/layout.ts";
import type { Tensor } from "../safetensors/dtype.ts";
import { describeRows, modelMetadata, PACKED_FORMAT, readModelMetadata, ROWS_KEY } from "./metadata.ts";
import { ACTIVATIONS, modelParts, packedTensors, partTensors, partValues, type ModelPart } from "./parts.ts";
import { parseRowsDescription } from "./spec-reader.ts";
import { createTensorReader, type TensorReader } from "./tensor-reader.ts";

/**
 * Computes the file that a spec's packed model will fill, before there is a model.
 *
 * @source docs/spec/model-directory.md
 * @cost O(tables + layers)
 *
 * ```ts doctest
 * import { buildModelSpec, layoutPackedModel, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.kaggle, { denseFeatures: 13, features: [{ name: "ad", rows: 10_131_227 }] });
 * const codes = layoutPackedModel(spec).tensors[0];
 * codes.name; // => "tables.0.codes"
 * codes.end - codes.begin; // => 81049816
 * ```
 */
export function layoutPackedModel(spec: ModelSpec): SafetensorsLayout {
  const parts = modelParts(spec);
  return layoutSafetensors(parts.flatMap(partTensors), packedMetadata(spec, parts));
}

/**
 * Encodes a packed model as the pieces of a safetensors file; the pieces are views of the model's arrays.
 *
 * @throws SHAPE, VALUE or LIMIT when the model does not fit its spec
 * @source docs/spec/model-directory.md
 *
 * ```ts doctest
 * import { allocateModelState, createArena, createKernels, reference } from "@dqrm/core";
 * import { buildModelSpec, encodePackedModel, packModel, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const { layout } = encodePackedModel(packModel(spec, state, createKernels([reference])));
 * layout.tensors[0].name; // => "tables.0.codes"
 * ```
 */
export function encodePackedModel(model: PackedModel): SafetensorsFile {
  const values = partValues(model);
  const tensors: Tensor[] = [];
  const parts = modelParts(model.spec).map((part, k): ModelPart => {
    const value = values[k];
    if (value instanceof Float32Array) {
      const floats = { ...part, format: undefined };
      tensors.push({ name: part.name, dtype: "F32", shape: [part.rows, part.cols], data: value });
      return floats;
    }
    checkPackedRows(part.name, value);
    checkShape(part, value);
    const packed = { ...part, format: value.format };
    const [codes, scale, bias] = packedTensors(part.name, part.rows, value.format);
    tensors.push({ ...codes, dtype: "U8", data: value.codes });
    tensors.push({ ...scale, dtype: "F32", data: value.scale });
    if (value.bias.length > 0) tensors.push({ ...bias, dtype: "F32", data: value.bias });
    return packed;
  });
  return encodeSafetensors(tensors, packedMetadata(model.spec, parts));
}

/**
 * Reads a packed model in place: codes, scales and floats are views of `bytes`.
 *
 * @throws FORMAT when the file is malformed, of another version, lacks a tensor or holds a scale that is not finite;
 *         CONFIG when its description is wrong
 * @cost O(header + scales)
 *
 * ```ts doctest
 * import { allocateModelState, createArena, createKernels, reference } from "@dqrm/core";
 * import { buildModelSpec, decodePackedModel, encodePackedModel, joinBytes, packModel, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const { parts } = encodePackedModel(packModel(spec, state, createKernels([reference])));
 * decodePackedModel("model.safetensors", joinBytes(parts)).spec.tables[0].rows; // => 100
 * ```
 */
export function decodePackedModel(source: string, bytes: Uint8Array): PackedModel {
  const file = decodeSafetensors(source, bytes);
  const spec = readModelMetadata(source, PACKED_FORMAT, file.metadata);
  const reader = createTensorReader(source, file);
  const none = new Float32Array(0);
  const read = (name: string, rows: number, cols: number): PackedRows | Float32Array =>
    readMatrix({ source, metadata: file.metadata, reader }, { name, rows, cols });
  const layers = (stack: string, specs: readonly LayerSpec[]): readonly PackedLayer[] =>
    specs.map(({ inputs, outputs }, k) => ({
      weight: read(`${stack}.${k}.weight`, outputs, inputs),
      bias: read(`${stack}.${k}.bias`, outputs, 1),
    }));
  const model: PackedModel = {
    spec,
    tables: spec.tables.map(({ cols, rows }, t) => read(`tables.${t}`, rows, cols)),
    poolingWeights: spec.tables.map(({ poolingWeights, rows }, t) =>
      poolingWeights === "none"
        ? none
        : reader.take({ name: `tables.${t}.pooling`, dtype: "F32", shape: [rows, 1] }),
    ),
    bottom: layers("bottom", spec.bottom),
    top: layers("top", spec.top),
    projections: projectionLayers(spec).map(({ inputs, outputs }, k) => ({
      weight: read(`projections.${k}.weight`, outputs, inputs),
      bias: none,
    })),
    ...readActivations(source, spec, reader),
  };
  reader.finish();
  return model;
}

function readActivations(
  source: string,
  spec: ModelSpec,
  reader: TensorReader,
): Pick<PackedModel, "activationRanges"> {
  const sites = activationSites(spec).length;
  if (sites === 0) return {};
  const shape = [sites, ACTIVATION_RANGE];
  const activationRanges = reader.take({ name: ACTIVATIONS, dtype: "F32", shape });
  checkAll(`${source} ${ACTIVATIONS}`, activationRanges, Number.isFinite, "finite ranges");
  return { activationRanges };
}

function packedMetadata(spec: ModelSpec, parts: readonly ModelPart[]): Record<string, string> {
  const metadata = modelMetadata(PACKED_FORMAT, spec);
  for (const { format, name, rows } of parts) {
    if (format !== undefined) metadata[`${ROWS_KEY}${name}`] = describeRows(format, rows);
  }
  return metadata;
}

interface OpenFile {
  readonly source: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly reader: TensorReader;
}

function readMatrix(
  { metadata, reader, source }: OpenFile,
  { cols, name, rows }: Pick<ModelPart, "name" | "rows" | "cols">,
): PackedRows | Float32Array {
  const description = metadata.get(`${ROWS_KEY}${name}`);
  if (description === undefined) return reader.take({ name, dtype: "F32", shape: [rows, cols] });
  const place = `${source} metadata ${ROWS_KEY}${name}`;
  const { rows: described, ...format } = parseRowsDescription(place, parseJson(place, description));
  if (described !== rows || format.cols !== cols) {
    const expected = `${rows} rows of ${cols} columns, as the model's description`;
    const actual = `${described} rows of ${format.cols} columns`;
    throw new DqrmError("FORMAT", { source: place, offset: 0, expected, actual });
  }
  const [codes, scale, bias] = packedTensors(name, rows, format);
  const packed: PackedRows = {
    format,
    rows,
    codes: reader.take({ ...codes, dtype: "U8" }),
    scale: reader.take({ ...scale, dtype: "F32" }),
    bias: hasBias(format.scheme) ? reader.take({ ...bias, dtype: "F32" }) : new Float32Array(0),
  };
  checkNumbers(place, format.scheme, packed.scale);
  checkNumbers(place, format.scheme, packed.bias);
  return packed;
}

function checkNumbers(source: string, scheme: Scheme, values: Float32Array): void {
  if (!isDeadZone(scheme)) checkAll(source, values, Number.isFinite, "finite scales and biases");
  else checkAll(source, values, isLevel, "finite tops and thresholds >= 0");
}

function checkAll(
  source: string,
  values: Float32Array,
  test: (value: number) => boolean,
  expected: string,
): void {
  const position = values.findIndex((value) => !test(value));
  if (position < 0) return;
  throw new DqrmError("FORMAT", {
    source,
    offset: 4 * position,
    expected,
    actual: String(values[position]),
  });
}

function checkShape({ cols, name, rows }: ModelPart, value: PackedRows): void {
  const checks = [
    ["rows", value.rows, rows],
    ["cols", value.format.cols, cols],
  ] as const;
  for (const [what, actual, expected] of checks) {
    if (actual !== expected) {
      throw new DqrmError("SHAPE", {
        op: "encodePackedModel",
        what: `${what} of ${name}`,
        expected,
        actual,
      });
    }
  }
}
