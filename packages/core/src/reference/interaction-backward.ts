import type { InteractionSpec, OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart, checkSize } from "./checks.ts";
import { interactionOutputs } from "./interaction.ts";

/** Prepares the gradient of an interaction. */
export function prepareInteractionBackward(spec: InteractionSpec): OpFn<"interactionBackward"> {
  const { kind, itself, vectors, cols } = spec;
  checkSize("interactionBackward", "vectors", vectors);
  checkSize("interactionBackward", "cols", cols);
  const outputs = interactionOutputs(spec);
  const inputs = vectors * cols;
  const copied = kind === "cat" ? inputs : cols;
  const sums = new Float64Array(inputs);

  return function interactionBackward(source, ddst, dvectors, begin, end) {
    checkPart("interactionBackward", begin, end);
    checkLength("interactionBackward", "vectors", source.length, end * inputs);
    checkLength("interactionBackward", "ddst", ddst.length, end * outputs);
    checkLength("interactionBackward", "dvectors", dvectors.length, end * inputs);
    for (let sample = begin; sample < end; sample++) {
      const from = sample * inputs;
      let at = sample * outputs;
      sums.fill(0);
      for (let c = 0; c < copied; c++) sums[c] = ddst[at + c];
      at += cols;
      for (let i = 0; kind === "dot" && i < vectors; i++) {
        const last = itself ? i : i - 1;
        for (let j = 0; j <= last; j++) addPair(sums, source, from, i * cols, j * cols, cols, ddst[at++]);
      }
      for (let c = 0; c < inputs; c++) dvectors[from + c] = sums[c];
    }
  };
}

function addPair(
  sums: Float64Array,
  source: Float32Array,
  from: number,
  left: number,
  right: number,
  cols: number,
  gradient: number,
): void {
  for (let c = 0; c < cols; c++) {
    sums[left + c] += gradient * source[from + right + c];
    sums[right + c] += gradient * source[from + left + c];
  }
}
