import type { InteractionSpec, OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart, checkSize } from "./checks.ts";

/** Counts the numbers that one sample's interaction gives. */
export function interactionOutputs({ kind, itself, vectors, cols }: InteractionSpec): number {
  if (kind === "cat") return vectors * cols;
  return cols + (vectors * (itself ? vectors + 1 : vectors - 1)) / 2;
}

/** Prepares the interaction of each sample's vectors. */
export function prepareInteraction(spec: InteractionSpec): OpFn<"interaction"> {
  const { kind, itself, vectors, cols } = spec;
  checkSize("interaction", "vectors", vectors);
  checkSize("interaction", "cols", cols);
  const outputs = interactionOutputs(spec);
  const copied = kind === "cat" ? vectors * cols : cols;

  return function interaction(source, dst, begin, end) {
    checkPart("interaction", begin, end);
    checkLength("interaction", "vectors", source.length, end * vectors * cols);
    checkLength("interaction", "dst", dst.length, end * outputs);
    for (let sample = begin; sample < end; sample++) {
      const from = sample * vectors * cols;
      let to = sample * outputs;
      for (let c = 0; c < copied; c++) dst[to + c] = source[from + c];
      if (kind === "cat") continue;
      to += cols;
      for (let i = 0; i < vectors; i++) {
        const last = itself ? i : i - 1;
        for (let j = 0; j <= last; j++) dst[to++] = product(source, from + i * cols, from + j * cols, cols);
      }
    }
  };
}

function product(source: Float32Array, left: number, right: number, cols: number): number {
  let sum = 0;
  for (let c = 0; c < cols; c++) sum += source[left + c] * source[right + c];
  return sum;
}
