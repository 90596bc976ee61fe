import { checkLength, checkPart, checkSize, interactionOutputs } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { runSingle } from "./single-pass.ts";

const op = "interaction";

/** Serves the interaction of each sample's vectors. */
export function serveInteraction(host: Host): Factory<"interaction"> {
  return function prepareInteraction(spec) {
    const { cols, itself, kind, vectors } = spec;
    checkSize(op, "vectors", vectors);
    checkSize(op, "cols", cols);
    const inputs = vectors * cols;
    const outputs = interactionOutputs(spec);

    return function interaction(source, dst, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "vectors", source.length, end * inputs);
      checkLength(op, "dst", dst.length, end * outputs);
      const vectorsOf = source.subarray(begin * inputs, end * inputs);
      // A copy needs no device.
      if (kind === "cat") dst.set(vectorsOf, begin * inputs);
      else
        runSingle(host, {
          shader: "interaction",
          params: [end - begin, vectors, cols, itself, outputs],
          reads: [vectorsOf],
          writes: [dst.subarray(begin * outputs, end * outputs)],
          invocations: (end - begin) * outputs,
        });
    };
  };
}
