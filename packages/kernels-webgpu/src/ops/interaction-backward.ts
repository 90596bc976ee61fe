import { checkLength, checkPart, checkSize, interactionOutputs } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { runSingle } from "./single-pass.ts";

const op = "interactionBackward";

/** Serves the gradient of an interaction. */
export function serveInteractionBackward(host: Host): Factory<"interactionBackward"> {
  return function prepareInteractionBackward(spec) {
    const { cols, itself, kind, vectors } = spec;
    checkSize(op, "vectors", vectors);
    checkSize(op, "cols", cols);
    const inputs = vectors * cols;
    const outputs = interactionOutputs(spec);

    return function interactionBackward(source, ddst, dvectors, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "vectors", source.length, end * inputs);
      checkLength(op, "ddst", ddst.length, end * outputs);
      checkLength(op, "dvectors", dvectors.length, end * inputs);
      const gradient = ddst.subarray(begin * outputs, end * outputs);
      if (kind === "cat") dvectors.set(gradient, begin * inputs);
      else
        runSingle(host, {
          shader: "interaction-backward",
          params: [end - begin, vectors, cols, itself, outputs],
          reads: [source.subarray(begin * inputs, end * inputs), gradient],
          writes: [dvectors.subarray(begin * inputs, end * inputs)],
          invocations: (end - begin) * inputs,
        });
    };
  };
}
