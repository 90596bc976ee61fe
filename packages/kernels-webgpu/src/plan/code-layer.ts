import type { PackedRows } from "@dqrm/core";
import { dequantized, unpackedCodes } from "./dequantized.ts";

/** Holds a layer's weights as codes of 8 bits, four in a word, rows from fresh words. */
export interface CodeLayer {
  readonly words: number;
  readonly codes: Uint32Array;
  /** One for each output. */
  readonly scales: Float32Array;
  readonly sums: Int32Array;
}

/** Weights that are rounded here use the symmetric part of 8 bits. */
const LEVELS = 127;

/** Gives a layer's codes: those that it was packed with, of at most 8 bits, or its weights rounded for each output. */
export function codeLayer(weights: PackedRows | Float32Array, inputs: number, outputs: number): CodeLayer {
  const { integers, scales } = integersOf(weights, inputs, outputs);
  const words = Math.ceil(inputs / 4);
  const bytes = new Int8Array(4 * words * outputs);
  const sums = new Int32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const code = integers[o * inputs + i];
      bytes[4 * o * words + i] = code;
      sums[o] += code;
    }
  }
  return { words, codes: new Uint32Array(bytes.buffer), scales, sums };
}

interface Integers {
  readonly integers: ArrayLike<number>;
  readonly scales: Float32Array;
}

function integersOf(weights: PackedRows | Float32Array, inputs: number, outputs: number): Integers {
  if (!(weights instanceof Float32Array)) {
    const { bits, granularity, scheme } = weights.format;
    if (scheme === "symmetric" && bits <= 8 && granularity.kind !== "group") {
      const half = 2 ** (bits - 1);
      const integers = Int16Array.from(unpackedCodes(weights), (code) =>
        bits === 1 ? 2 * code - 1 : code - half,
      );
      const { scale } = weights;
      return {
        integers,
        scales: Float32Array.from({ length: outputs }, (_, o) => scale[granularity.kind === "row" ? o : 0]),
      };
    }
  }
  const floats = dequantized(weights);
  const integers = new Int16Array(outputs * inputs);
  const scales = Float32Array.from({ length: outputs }, (_, o) => {
    const row = floats.subarray(o * inputs, (o + 1) * inputs);
    const scale = Math.fround(row.reduce((peak, weight) => Math.max(peak, Math.abs(weight)), 0) / LEVELS);
    if (scale > 0) row.forEach((weight, i) => (integers[o * inputs + i] = Math.round(weight / scale)));
    return scale;
  });
  return { integers, scales };
}
