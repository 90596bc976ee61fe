import { checkLength, checkPart, checkSize, interactionOutputs } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { PANEL_BYTES } from "./panel-bytes.ts";

const op = "interactionBackward";

/** Serves the gradient of an interaction. */
export function serveInteractionBackward({
  exports,
  stage,
}: Host<TrainingExports>): Factory<"interactionBackward"> {
  return function prepareInteractionBackward(spec) {
    const { kind, itself, vectors, cols } = spec;
    checkSize(op, "vectors", vectors);
    checkSize(op, "cols", cols);
    const inputs = vectors * cols;
    const outputs = interactionOutputs(spec);
    const step = rowsPerPart(4 * (2 * inputs + outputs));

    return function interactionBackward(source, ddst, dvectors, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "vectors", source.length, end * inputs);
      checkLength(op, "ddst", ddst.length, end * outputs);
      checkLength(op, "dvectors", dvectors.length, end * inputs);
      if (kind === "cat") {
        dvectors.set(ddst.subarray(begin * inputs, end * inputs), begin * inputs);
        return;
      }
      for (let sample = begin; sample < end; sample += step) {
        const last = Math.min(sample + step, end);
        stage.open();
        const to = stage.room(dvectors, sample * inputs, last * inputs);
        exports.interactionBackward(
          stage.read(source, sample * inputs, last * inputs) + 4 * sample * inputs,
          stage.read(ddst, sample * outputs, last * outputs) + 4 * sample * outputs,
          to + 4 * sample * inputs,
          last - sample,
          vectors,
          cols,
          itself,
          stage.take(4 * vectors * vectors),
          stage.take(PANEL_BYTES),
        );
        stage.give(dvectors, sample * inputs, last * inputs, to);
      }
    };
  };
}
