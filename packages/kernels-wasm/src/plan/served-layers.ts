import { createKernels, type KernelBackend, type PackedLayer, type PackedRows } from "@dqrm/core";
import type { InferenceExports } from "../inference.generated.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { LayerMemory } from "./layer-memory.ts";
import type { ModelMemory } from "./model-memory.ts";
import { LAYER, writeRecord } from "./records.ts";

/** Gives the placing of layers what it needs. */
export interface ServedContext {
  readonly runtime: Runtime<InferenceExports>;
  readonly memory: ModelMemory;
  /** Serves dequantizeRows and unpackCodes. */
  readonly ops: KernelBackend;
}

/** Codes of 8 bits reach from -128 to 127; weights that are quantized here use the symmetric part. */
const CODE_LEVELS = 127;

/** Writes layers as floats in panels; packed ones are dequantized once. */
export function placeFloatLayers(context: ServedContext, layers: readonly PackedLayer[]): void {
  const { memory, ops, runtime } = context;
  const { exports } = runtime;
  const { parts, view } = memory;
  const floats = new Float32Array(runtime.memory.buffer);
  const staging = parts.words(Math.max(...memory.layers.map(({ spec }) => spec.inputs * spec.outputs)));
  memory.layers.forEach(({ outputCols, panelRows, record, spec }, k) => {
    const forward = parts.words(panelRows * outputCols);
    floats.set(floatsOf(layers[k].weight, ops), staging / 4);
    exports.packPanels(staging, spec.inputs, spec.outputs, panelRows, forward);
    writeRecord(view, LAYER, record, { forward, bias: placeBias(context, layers[k], outputCols) });
  });
  parts.release(staging);
}

/** Writes layers as integers of 8 bits in pairs: the codes that are there, else weights rounded for each output. */
export function placeCodeLayers(context: ServedContext, layers: readonly PackedLayer[]): void {
  const { memory, ops, runtime } = context;
  const { parts, view } = memory;
  const { buffer } = runtime.memory;
  const bottoms = memory.bottomCount;
  memory.layers.forEach(({ outputCols, panelRows, record }, k) => {
    const { inputs, outputs } = memory.layers[k].spec;
    const codes = parts.bytes(2 * panelRows * outputCols);
    const codeScale = parts.words(outputCols);
    const { integers, scales } = integersOf(layers[k].weight, { inputs, outputs }, ops);
    const pairs = new Int16Array(buffer, codes, panelRows * outputCols);
    for (let o = 0; o < outputs; o++) {
      const panel = Math.floor(o / 8) * panelRows * 8 + (o % 8) * 2;
      for (let i = 0; i < inputs; i++) {
        pairs[panel + Math.floor(i / 2) * 16 + (i % 2)] = integers[o * inputs + i];
      }
    }
    new Float32Array(buffer, codeScale, outputs).set(scales);
    writeRecord(view, LAYER, record, {
      codes,
      codeScale,
      bias: placeBias(context, layers[k], outputCols),
      unsignedInput: inputHasNoSign(memory.layers, k, bottoms) ? 1 : 0,
    });
  });
}

/** The dense features and the interaction have a sign, whatever follows a relu or a sigmoid has none. */
function inputHasNoSign(layers: readonly LayerMemory[], k: number, bottoms: number): boolean {
  return k !== 0 && k !== bottoms && layers[k - 1].spec.activation !== "none";
}

function placeBias(
  { memory, ops, runtime }: ServedContext,
  { bias }: PackedLayer,
  outputCols: number,
): number {
  const address = memory.parts.words(outputCols);
  const floats = floatsOf(bias, ops);
  new Float32Array(runtime.memory.buffer, address, floats.length).set(floats);
  return address;
}

function floatsOf(weights: PackedRows | Float32Array, ops: KernelBackend): Float32Array {
  if (weights instanceof Float32Array) return weights;
  const { format, rows } = weights;
  const floats = new Float32Array(rows * format.cols);
  createKernels([ops]).prepare("dequantizeRows", format)(weights, floats, 0, rows);
  return floats;
}

interface Integers {
  readonly integers: ArrayLike<number>;
  /** One for each output. */
  readonly scales: ArrayLike<number>;
}

function integersOf(
  weights: PackedRows | Float32Array,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
  ops: KernelBackend,
): Integers {
  if (!(weights instanceof Float32Array)) {
    const { bits, granularity, scheme } = weights.format;
    if (scheme === "symmetric" && bits <= 8 && granularity.kind !== "group") return codesOf(weights, ops);
  }
  const floats = floatsOf(weights, ops);
  const integers = new Int16Array(outputs * inputs);
  const scales = Float32Array.from({ length: outputs }, (_, o) => {
    const row = floats.subarray(o * inputs, (o + 1) * inputs);
    const scale = Math.fround(
      row.reduce((peak, weight) => Math.max(peak, Math.abs(weight)), 0) / CODE_LEVELS,
    );
    if (scale > 0) row.forEach((weight, i) => (integers[o * inputs + i] = Math.round(weight / scale)));
    return scale;
  });
  return { integers, scales };
}

function codesOf({ codes, format, rows, scale }: PackedRows, ops: KernelBackend): Integers {
  const { bits, cols, granularity } = format;
  const unsigned = new Uint16Array(rows * cols);
  createKernels([ops]).prepare("unpackCodes", { bits, cols })(codes, unsigned, 0, rows);
  const half = 2 ** (bits - 1);
  const integers = Int16Array.from(unsigned, (code) => (bits === 1 ? 2 * code - 1 : code - half));
  const scales = Float32Array.from({ length: rows }, (_, o) => scale[granularity.kind === "row" ? o : 0]);
  return { integers, scales };
}
