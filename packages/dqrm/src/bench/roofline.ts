import { vectorCols, type LayerSpec, type ModelSpec } from "@dqrm/core";
import { servedRowBytes } from "./bench-model.ts";

/**
 * Counts what one sample costs at least.
 *
 * @units flops: multiplications and additions; bytes: moved between memory and the processor for rows of tables
 */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

/** Memory comes in lines of this many bytes; a shorter row costs a whole one. */
const LINE_BYTES = 64;

/**
 * Counts the work of predicting a sample: the linear layers, the interaction, and every row read once from memory.
 */
export function inferenceWork(spec: ModelSpec, pooling: number): Work {
  const rows = spec.tables.reduce((sum, table) => sum + lines(servedRowBytes(table)), 0);
  return { flops: forwardFlops(spec), bytes: pooling * rows };
}

/**
 * Counts the work of training on a sample: forward, gradients of inputs (which the first layer does not need) and of
 * weights, and every row read and written once.
 */
export function trainingWork(spec: ModelSpec, pooling: number): Work {
  const layers = layerFlops(spec.bottom) + layerFlops(spec.top);
  const [first] = spec.bottom;
  const flops = 3 * layers - layerFlops([first]) + 3 * interactionFlops(spec);
  const rows = spec.tables.reduce((sum, { cols }) => sum + lines(4 * cols), 0);
  return { flops, bytes: 2 * pooling * rows };
}

/**
 * Gives the samples a second that no program exceeds whose sums are in f32.
 *
 * @units fmaGigaflops: 10⁹ a second; readGigabytes: 10⁹ bytes a second
 */
export function rooflineRate({ bytes, flops }: Work, fmaGigaflops: number, readGigabytes: number): number {
  return Math.min((1e9 * fmaGigaflops) / flops, (1e9 * readGigabytes) / bytes);
}

function forwardFlops(spec: ModelSpec): number {
  return layerFlops(spec.bottom) + layerFlops(spec.top) + interactionFlops(spec);
}

function layerFlops(layers: readonly LayerSpec[]): number {
  return layers.reduce((sum, { inputs, outputs }) => sum + 2 * inputs * outputs, 0);
}

function interactionFlops(spec: ModelSpec): number {
  if (spec.interaction.kind === "cat") return 0;
  const vectors = spec.features.length + 1;
  const pairs = (vectors * (vectors + (spec.interaction.itself ? 1 : -1))) / 2;
  return 2 * pairs * vectorCols(spec);
}

function lines(bytes: number): number {
  return Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
}
