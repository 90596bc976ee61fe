import {
  type Kernels,
  type LayerSpec,
  type LinearQuantization,
  type PackedLayer,
  type PackedModel,
  type PackedRows,
  type TableSpec,
} from "@dqrm/core";
import { encodePackedModel } from "../model-file/packed-model-file.ts";
import { packLayer } from "../pack-layer.ts";
import type { LayerPostTraining, PostTrainingConfig } from "./post-training-config.ts";
import { packedAlready, quantizeTrainedTable } from "./quantize-trained-table.ts";
import { estimatorOf } from "./range-estimator.ts";
import {
  reportPart,
  type PartReport,
  type PartShape,
  type QuantizationReport,
} from "./quantization-report.ts";

/** Holds a model that was quantized after training, and what that did to it. */
export interface QuantizedModel {
  readonly model: PackedModel;
  readonly report: QuantizationReport;
}

/**
 * Quantizes a trained model: an FP32 one as `packModel` gives it, or the floats of any run as `floatModel` does.
 *
 * The packed model keeps the description of how it was trained; only its arrays are packed. Projections, pooling weights
 * and parts with 32 bits stay as they are, with bits 32 also tables that are packed already.
 *
 * @throws VALUE when a table or layer to be quantized is packed already, or a format is not allowed; NON_FINITE when a
 *         weight is NaN or infinite; SHAPE when the model does not fit its spec
 * @cost a pass over every weight for its codes and one to measure; searches look at every weight tens of times
 *
 * ```ts doctest
 * import { createArena, createKernels, reference } from "@dqrm/core";
 * import { buildModelSpec, floatModel, initModelState, presets, quantizeModel, vanillaPostTraining } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const { embeddingInit } = presets.demo.model;
 * const { compatibility } = presets.demo;
 * const state = initModelState(spec, { seed: 1, arena: createArena(1 << 16), embeddingInit, compatibility });
 * const kernels = createKernels([reference]);
 * const { report } = quantizeModel(floatModel(spec, state), vanillaPostTraining(4), kernels);
 * const [table] = report.parts;
 * [table.name, table.floatBytes, table.packedBytes]; // => ["ad", 6400, 804]
 * ```
 */
export function quantizeModel(
  model: PackedModel,
  config: PostTrainingConfig,
  kernels: Kernels,
): QuantizedModel {
  const parts = quantizeParts(model, config, kernels);
  for (;;) {
    const next = parts.next();
    if (next.done === true) return next.value;
  }
}

/**
 * Quantizes as {@link quantizeModel}, and lets other work run after each table or layer.
 *
 * ```ts doctest
 * import { allocateModelState, createArena, createKernels, reference } from "@dqrm/core";
 * import { buildModelSpec, floatModel, presets, quantizeModelPausing, vanillaPostTraining } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const model = floatModel(spec, allocateModelState(spec, createArena(1 << 16)));
 * const names: string[] = [];
 * await quantizeModelPausing(model, vanillaPostTraining(4), createKernels([reference]), async ({ name }) => {
 *   names.push(name);
 *   await Promise.resolve();
 * });
 * names.slice(0, 3); // => ["ad", "bottom.0.weight", "bottom.0.bias"]
 * ```
 */
export async function quantizeModelPausing(
  model: PackedModel,
  config: PostTrainingConfig,
  kernels: Kernels,
  afterPart: (part: PartReport) => Promise<void>,
): Promise<QuantizedModel> {
  const parts = quantizeParts(model, config, kernels);
  for (;;) {
    const next = parts.next();
    if (next.done === true) return next.value;
    await afterPart(next.value);
  }
}

function* quantizeParts(
  model: PackedModel,
  config: PostTrainingConfig,
  kernels: Kernels,
): Generator<PartReport, QuantizedModel, undefined> {
  const parts: PartReport[] = [];
  const tables: (PackedRows | Float32Array)[] = [];
  for (const [t, table] of model.spec.tables.entries()) {
    const packed = quantizeTrainedTable(table, model.tables[t], config.tables, kernels);
    tables.push(packed);
    const report = reportPart({ ...shapeOf(table), kind: "table" }, model.tables[t], packed, kernels);
    parts.push(report);
    yield report;
  }
  const bottom = yield* quantizeLayers("bottom", model.spec.bottom, model.bottom, { config, kernels, parts });
  const top = yield* quantizeLayers("top", model.spec.top, model.top, { config, kernels, parts });
  const quantized = { ...model, tables, bottom, top };
  return {
    model: quantized,
    report: { parts, bytesBefore: fileBytes(model), bytesAfter: fileBytes(quantized) },
  };
}

interface Work {
  readonly config: PostTrainingConfig;
  readonly kernels: Kernels;
  readonly parts: PartReport[];
}

function* quantizeLayers(
  stack: "bottom" | "top",
  specs: readonly LayerSpec[],
  layers: readonly PackedLayer[],
  { config: { mlp }, kernels, parts }: Work,
): Generator<PartReport, readonly PackedLayer[], undefined> {
  const quantized: PackedLayer[] = [];
  for (const [k, spec] of specs.entries()) {
    const name = `${stack}.${k}`;
    const before = layers[k];
    const after = quantizeLayer(spec, before, mlp, { kernels, name });
    quantized.push(after);
    const { inputs, outputs } = spec;
    for (const [part, cols] of [["weight", inputs] as const, ["bias", 1] as const]) {
      const shape: PartShape = { name: `${name}.${part}`, kind: "layer", rows: outputs, cols };
      const report = reportPart(shape, before[part], after[part], kernels);
      parts.push(report);
      yield report;
    }
  }
  return quantized;
}

function quantizeLayer(
  spec: LayerSpec,
  { bias, weight }: PackedLayer,
  { bits, granularity, search, ...mlp }: LayerPostTraining,
  { kernels, name }: { readonly kernels: Kernels; readonly name: string },
): PackedLayer {
  if (bits === 32) return { weight, bias };
  if (!(weight instanceof Float32Array && bias instanceof Float32Array)) throw packedAlready(`layer ${name}`);
  const quantization: LinearQuantization = { kind: "fake", bits, granularity, bias: mlp.bias };
  const range = estimatorOf(search, { bits, scheme: "symmetric" });
  return packLayer(spec, { weight, bias }, { quantization, kernels, ...(range && { range }) });
}

function shapeOf({ cols, name, rows }: TableSpec): Omit<PartShape, "kind"> {
  return { name, rows, cols };
}

function fileBytes(model: PackedModel): number {
  return encodePackedModel(model).layout.fileBytes;
}
