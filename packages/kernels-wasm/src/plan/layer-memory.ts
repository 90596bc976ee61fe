import { interactionWidth, vectorCols, type LayerSpec, type ModelSpec } from "@dqrm/core";
import type { PlanMemory } from "./plan-memory.ts";
import { LAYER, writeRecord, type LayerField, type RecordValues } from "./records.ts";
import { activationNumber, roundUp } from "./served-models.ts";

/** Floats between the rows of activations: strides of a power of two would crowd into few sets of the cache. */
const ROW_GAP = 16;

/** Holds the record of one layer. */
export interface LayerMemory {
  readonly spec: LayerSpec;
  readonly record: number;
  /** Inputs and outputs, rounded up to panels. */
  readonly panelRows: number;
  readonly outputCols: number;
  /** Where the outputs of sample 0 lie, and how many bytes further those of the next. */
  readonly y: number;
  readonly yStride: number;
}

/** Counts the vectors of a sample and their numbers, as they lie in memory: in fours of rows and eights of columns. */
export interface VectorShape {
  readonly count: number;
  readonly rows: number;
  readonly cols: number;
  readonly sampleBytes: number;
}

/** Holds the layers of a model, the bottom first, and the vectors between bottom and top. */
export interface LayersMemory {
  readonly layers: readonly LayerMemory[];
  readonly vectors: VectorShape;
  readonly vectorsAt: number;
  readonly dvectorsAt: number;
}

/** Places the rows of a matrix, and those of its gradient. */
interface Rows {
  readonly at: number;
  readonly gradient: number;
  readonly stride: number;
}

/** Lays out the layers of a model and their activations for `rows` samples; gradients for training alone. */
export function createLayersMemory(
  { parts, view }: { readonly parts: PlanMemory; readonly view: DataView },
  spec: ModelSpec,
  rows: number,
  training: boolean,
): LayersMemory {
  const room = (width: number): Rows => {
    const stride = 4 * (roundUp(width, 8) + ROW_GAP);
    return { at: parts.bytes(rows * stride), gradient: training ? parts.bytes(rows * stride) : 0, stride };
  };
  const vectors = vectorShape(spec);
  const vectorsBytes = rows * vectors.sampleBytes;
  const between: Rows = {
    at: parts.bytes(vectorsBytes),
    gradient: training ? parts.bytes(vectorsBytes) : 0,
    stride: vectors.sampleBytes,
  };
  const records = parts.bytes(LAYER.bytes * (spec.bottom.length + spec.top.length));
  const bottom = spec.bottom.map(({ outputs }, k) =>
    k === spec.bottom.length - 1 ? between : room(outputs),
  );
  const top = spec.top.map(({ outputs }) => room(outputs));
  const inputs = [
    room(spec.denseFeatures),
    ...bottom.slice(0, -1),
    room(interactionWidth(spec)),
    ...top.slice(0, -1),
  ];
  const outputs = [...bottom, ...top];
  const layers = [...spec.bottom, ...spec.top].map((layer, k): LayerMemory => {
    const record = records + k * LAYER.bytes;
    const panelRows = roundUp(layer.inputs, 8);
    const outputCols = roundUp(layer.outputs, 8);
    writeRecord(view, LAYER, record, {
      ...shapeNumbers(layer),
      ...rowNumbers(inputs[k], outputs[k]),
      zeros: parts.words(panelRows),
    });
    return { spec: layer, record, panelRows, outputCols, y: outputs[k].at, yStride: outputs[k].stride };
  });
  return { layers, vectors, vectorsAt: between.at, dvectorsAt: between.gradient };
}

function shapeNumbers({ activation, inputs, outputs }: LayerSpec): RecordValues<LayerField> {
  return {
    inputs,
    outputs,
    activation: activationNumber(activation),
    panelRows: roundUp(inputs, 8),
    outputCols: roundUp(outputs, 8),
  };
}

function rowNumbers(input: Rows, output: Rows): RecordValues<LayerField> {
  return {
    x: input.at,
    xStride: input.stride,
    dx: input.gradient,
    y: output.at,
    yStride: output.stride,
    dy: output.gradient,
    dyStride: output.stride,
  };
}

function vectorShape(spec: ModelSpec): VectorShape {
  const count = spec.features.length + 1;
  const rows = roundUp(count, 4);
  const cols = roundUp(vectorCols(spec), 8);
  return { count, rows, cols, sampleBytes: 4 * rows * cols };
}
