import { createKernels, reference, type PackedRows } from "@dqrm/core";

/** Gives rows as floats. */
export function dequantized(weights: PackedRows | Float32Array): Float32Array {
  if (weights instanceof Float32Array) return weights;
  const { format, rows } = weights;
  const floats = new Float32Array(rows * format.cols);
  createKernels([reference]).prepare("dequantizeRows", format)(weights, floats, 0, rows);
  return floats;
}

/** Gives the codes of rows, one in an element. */
export function unpackedCodes({ codes, format, rows }: PackedRows): Uint16Array {
  const { bits, cols } = format;
  const unpacked = new Uint16Array(rows * cols);
  createKernels([reference]).prepare("unpackCodes", { bits, cols })(codes, unpacked, 0, rows);
  return unpacked;
}
