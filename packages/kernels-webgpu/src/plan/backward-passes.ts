import { layersOf } from "./model-shape.ts";
import { termsOf } from "../ops/embedding-bag-backward.ts";
import { ACTIVATION_CODES } from "../ops/activation-code.ts";
import { sortTerms } from "../ops/row-segments.ts";
import { tiles } from "../ops/single-pass.ts";
import type { Forward, PassContext } from "./forward-passes.ts";
import type { Matrix } from "./matrix.ts";
import type { PlanBags } from "./lookup-passes.ts";
import type { ProgramBuilder } from "./program-builder.ts";

/** Holds the gradient of the rows of one table. */
export interface RowsGradient {
  readonly table: number;
  readonly rows: Int32Array;
  /** The rows, and their values, in the program. */
  readonly rowsAt: number;
  readonly values: number;
}

/** Holds the gradients of one layer. */
export interface LayerGradient {
  readonly weight: number;
  readonly bias: number;
}

/** Holds all gradients of a batch. */
export interface Backward {
  readonly tables: readonly RowsGradient[];
  readonly layers: readonly LayerGradient[];
}

/** Adds a batch's backward pass, from the gradient of the logits to that of every parameter. */
export function addBackward(context: PassContext, forward: Forward): Backward {
  const { batch, program, shape } = context;
  const bottoms = shape.spec.bottom.length;
  const layers = layersOf(shape.spec);
  const gradients: LayerGradient[] = [];
  const addLayers = (first: number, end: number, dy: Matrix): Matrix => {
    let gradient = dy;
    for (let k = end - 1; k >= first; k--) {
      // Nobody asks for the gradient of the dense features.
      const dx = k === 0 ? undefined : matrix(context, layers[k].inputs);
      gradients[k] = addLayer(context, forward, k, { dy: gradient, dx });
      gradient = dx ?? gradient;
    }
    return gradient;
  };
  const dcrossed = addLayers(bottoms, layers.length, forward.logitGradient);
  const dvectors = addInteraction(context, forward, dcrossed);
  const tables = shape.features.map(({ pooling, table }, f) => {
    const source = { src: dvectors, offset: (f + 1) * shape.cols, cols: shape.cols };
    return { table, ...addRows(program, batch.bags[f], pooling === "mean", source) };
  });
  addLayers(0, bottoms, dvectors);
  return { tables, layers: gradients };
}

function matrix({ batch, program }: PassContext, width: number): Matrix {
  return { buffer: program.floats(batch.size * width), stride: width };
}

function addLayer(
  { batch: { size }, layers, program, shape }: PassContext,
  forward: Forward,
  k: number,
  { dx, dy }: { readonly dy: Matrix; readonly dx: Matrix | undefined },
): LayerGradient {
  const { activation, inputs, outputs } = layersOf(shape.spec)[k];
  const [x, y] = [forward.inputs[k], forward.outputs[k]];
  if (activation !== "none") {
    const fields = [size * outputs, outputs, dy.stride, ACTIVATION_CODES[activation]];
    program.pass("activation-backward", fields, [y.buffer, dy.buffer], size * outputs);
  }
  const none = layers[k].bias;
  const [weight, bias] = [program.floats(outputs * inputs), program.floats(outputs)];
  const ofWeight = [outputs, inputs, size, 0, 1, dy.stride, x.stride, 1, inputs, false, 0];
  program.pass("matrix-product", ofWeight, [dy.buffer, x.buffer, none, weight], tiles(outputs, inputs));
  program.pass("column-sums", [size, outputs, dy.stride], [dy.buffer, bias], outputs);
  if (dx !== undefined) {
    const ofInput = [size, inputs, outputs, 0, dy.stride, 1, inputs, 1, dx.stride, false, 0];
    const bound = [dy.buffer, layers[k].weight, none, dx.buffer];
    program.pass("matrix-product", ofInput, bound, tiles(size, inputs));
  }
  return { weight, bias };
}

function addInteraction(context: PassContext, { vectors }: Forward, dcrossed: Matrix): Matrix {
  const { batch, program, shape } = context;
  const { cols, crossed, spec, stride } = shape;
  if (spec.interaction.kind === "cat") return dcrossed;
  const dvectors = matrix(context, stride);
  const fields = [batch.size, shape.vectors, cols, spec.interaction.itself, crossed];
  const bound = [vectors.buffer, dcrossed.buffer, dvectors.buffer];
  program.pass("interaction-backward", fields, bound, batch.size * stride);
  return dvectors;
}

function addRows(
  program: ProgramBuilder,
  bags: PlanBags,
  mean: boolean,
  { cols, offset, src }: { readonly src: Matrix; readonly offset: number; readonly cols: number },
): Omit<RowsGradient, "table"> {
  const places = new Map<number, number>();
  const placeOf = bags.indices.map((row) => {
    const place = places.get(row) ?? places.size;
    places.set(row, place);
    return place;
  });
  const terms = termsOf(bags, mean);
  const { positions, rows, starts } = sortTerms([...places.keys()], placeOf);
  const values = program.floats(rows.length * cols);
  const bound = [
    src.buffer,
    program.data(positions.map((position) => terms.bags[position])),
    program.data(Float32Array.from(positions, (position) => terms.factors[position])),
    program.data(starts),
    values,
  ];
  program.pass("segment-sums", [rows.length, cols, src.stride, offset], bound, rows.length * cols);
  return { rows, rowsAt: program.data(rows), values };
}
