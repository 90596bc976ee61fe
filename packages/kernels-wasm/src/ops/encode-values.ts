import type { OpFn, OpSpec } from "@dqrm/core";
import { checkEncodeValues, checkFinite } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { checkSent } from "./check-sent.ts";
import type { Host } from "./host.ts";
import { prepareSentWriting } from "./write-sent.ts";

const OP = "encodeValues";

/** Serves the coding of values that are sent, but for float16. */
export function serveEncodeValues(
  host: Host<TrainingExports>,
): (spec: OpSpec<"encodeValues">) => OpFn<"encodeValues"> | undefined {
  return function prepareEncodeValues(spec) {
    checkEncodeValues(OP, spec);
    if (spec.values === "float16") return undefined;
    const write = prepareSentWriting(host, spec);
    return function encodeValues(rows, values, count, cols, key, out, at) {
      const call = { rows, values, count, cols, key, out, at };
      const end = checkSent(OP, spec, call);
      if (!write(call)) checkFinite("values", values, 0, count * cols);
      return end;
    };
  };
}
