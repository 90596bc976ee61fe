import { reference, type OpFn, type OpSpec } from "@dqrm/core";
import { checkEncodeValues } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { checkSent } from "./check-sent.ts";
import type { Host } from "./host.ts";
import { prepareSentWriting } from "./write-sent.ts";

const OP = "encodeWithFeedback";

/** Serves the coding of gradients with what was lost of earlier ones, but for float16. */
export function serveEncodeWithFeedback(
  host: Host<TrainingExports>,
): (spec: OpSpec<"encodeWithFeedback">) => OpFn<"encodeWithFeedback"> | undefined {
  return function prepareEncodeWithFeedback(spec) {
    checkEncodeValues(OP, spec);
    const explain = reference.ops.encodeWithFeedback?.(spec);
    if (explain === undefined || spec.values === "float16") return undefined;
    const write = prepareSentWriting(host, spec);
    return function encodeWithFeedback(rows, gradient, residual, count, cols, key, out, at, left) {
      const call = { rows, values: gradient, feedback: { residual, left }, count, cols, key, out, at };
      const end = checkSent(OP, spec, call);
      // Which sum is not finite only the reference says.
      return write(call) ? end : explain(rows, gradient, residual, count, cols, key, out, at, left);
    };
  };
}
