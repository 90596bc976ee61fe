import { checkLength, checkPart, checkSize, interactionOutputs } from "@dqrm/core/checks";
import type { InferenceExports } from "../inference.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";

/** Serves the interaction of each sample's vectors. */
export function serveInteraction({ exports, stage }: Host<InferenceExports>): Factory<"interaction"> {
  return function prepareInteraction(spec) {
    const { kind, itself, vectors, cols } = spec;
    checkSize("interaction", "vectors", vectors);
    checkSize("interaction", "cols", cols);
    const inputs = vectors * cols;
    const outputs = interactionOutputs(spec);
    const step = rowsPerPart(4 * (inputs + outputs));

    return function interaction(source, dst, begin, end) {
      checkPart("interaction", begin, end);
      checkLength("interaction", "vectors", source.length, end * inputs);
      checkLength("interaction", "dst", dst.length, end * outputs);
      if (kind === "cat") {
        dst.set(source.subarray(begin * inputs, end * inputs), begin * inputs);
        return;
      }
      for (let sample = begin; sample < end; sample += step) {
        const last = Math.min(sample + step, end);
        stage.open();
        const to = stage.room(dst, sample * outputs, last * outputs);
        exports.interaction(
          stage.read(source, sample * inputs, last * inputs) + 4 * sample * inputs,
          to + 4 * sample * outputs,
          last - sample,
          vectors,
          cols,
          itself,
        );
        stage.give(dst, sample * outputs, last * outputs, to);
      }
    };
  };
}
