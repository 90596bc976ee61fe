import { layersOf, type ModelShape } from "./model-shape.ts";
import { addLookup, type PlanBags } from "./lookup-passes.ts";
import { ACTIVATION_CODES } from "../ops/activation-code.ts";
import { lossParams } from "../ops/loss.ts";
import { tiles } from "../ops/single-pass.ts";
import { addCodeProduct, type ServedCodes } from "./code-passes.ts";
import type { Matrix } from "./matrix.ts";
import type { ProgramBuilder } from "./program-builder.ts";
import type { ResidentModel } from "./resident-table.ts";
import type { ServedLayer } from "./layer-passes.ts";

/** Holds a batch as a program reads it. */
export interface PlanBatch {
  readonly size: number;
  readonly dense: Float32Array;
  readonly labels: Float32Array;
  readonly bags: readonly PlanBags[];
}

/** Holds what a forward pass leaves for the backward pass. */
export interface Forward {
  /** Of each layer, the bottom's first. */
  readonly inputs: readonly Matrix[];
  readonly outputs: readonly Matrix[];
  readonly vectors: Matrix;
  readonly logits: number;
  readonly predictions: number;
  readonly losses: number;
  readonly logitGradient: Matrix;
}

/** Holds what passes over a batch are made of. */
export interface PassContext {
  readonly program: ProgramBuilder;
  readonly shape: ModelShape;
  readonly model: ResidentModel;
  /** Buffers of the weights that the layers multiply by. */
  readonly layers: readonly ServedLayer[];
  /** Present where the layers multiply codes of 8 bits instead. */
  readonly codes?: readonly ServedCodes[];
  /** Whether what the layers multiply is rounded to f16. */
  readonly halves?: boolean;
  readonly batch: PlanBatch;
}

/** Adds a batch's forward pass, from its dense features and bags to losses and the gradient of the logits. */
export function addForward(context: PassContext): Forward {
  const { batch, program, shape } = context;
  const { spec, stride } = shape;
  const { labels, size } = batch;
  const layers = layersOf(spec);
  const vectors = { buffer: program.floats(size * stride), stride };
  const last = spec.bottom.length - 1;
  const outputs = layers.map(({ outputs: width }, k): Matrix =>
    k === last ? vectors : { buffer: program.floats(size * width), stride: width },
  );
  const inputs: Matrix[] = [];
  const addLayers = (first: number, end: number, x: Matrix): void => {
    for (let k = first; k < end; k++) {
      inputs[k] = k === first ? x : outputs[k - 1];
      addLayer(context, k, inputs[k], outputs[k]);
    }
  };
  addLayers(0, last + 1, { buffer: program.data(batch.dense), stride: spec.denseFeatures });
  addLookups(context, vectors);
  addLayers(last + 1, layers.length, addInteraction(context, vectors));
  const [predictions, losses, gradient] = [0, 1, 2].map(() => program.floats(size));
  const logits = outputs[outputs.length - 1].buffer;
  const bound = [logits, program.data(labels), predictions, losses, gradient];
  program.pass("loss", [size, ...lossParams(spec.loss, size)], bound, size);
  const logitGradient = { buffer: gradient, stride: 1 };
  return { inputs, outputs, vectors, logits, predictions, losses, logitGradient };
}

function addLayer(context: PassContext, k: number, x: Matrix, y: Matrix): void {
  const { batch, codes, halves, layers, program, shape } = context;
  const { activation, inputs, outputs } = layersOf(shape.spec)[k];
  const samples = batch.size;
  if (codes !== undefined) {
    const unsigned = hasNoSign(shape, k);
    addCodeProduct(program, codes[k], { samples, inputs, outputs, activation, unsigned }, { x, y });
    return;
  }
  const { bias, biased, weight } = layers[k];
  const layout = [0, x.stride, 1, 1, inputs, y.stride];
  const fields = [samples, outputs, inputs, ...layout, biased, ACTIVATION_CODES[activation]];
  const shader = halves === true ? "matrix-product-f16" : "matrix-product";
  program.pass(shader, fields, [x.buffer, weight, bias, y.buffer], tiles(samples, outputs));
}

/** The dense features and the interaction have a sign, whatever follows a relu or a sigmoid has none. */
function hasNoSign({ spec }: ModelShape, k: number): boolean {
  return k !== 0 && k !== spec.bottom.length && layersOf(spec)[k - 1].activation !== "none";
}

function addLookups({ batch, model, program, shape }: PassContext, { buffer, stride }: Matrix): void {
  shape.features.forEach(({ pooling, table }, f) => {
    const target = { dst: buffer, stride, offset: (f + 1) * shape.cols, pooling };
    addLookup(program, model.tables[table], batch.bags[f], target);
  });
}

function addInteraction({ batch, program, shape }: PassContext, vectors: Matrix): Matrix {
  const { cols, crossed, spec } = shape;
  if (spec.interaction.kind === "cat") return vectors;
  const dst = { buffer: program.floats(batch.size * crossed), stride: crossed };
  const fields = [batch.size, shape.vectors, cols, spec.interaction.itself, crossed];
  program.pass("interaction", fields, [vectors.buffer, dst.buffer], batch.size * crossed);
  return dst;
}
