import type { InteractionSpec, OpFn } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the gradient of an interaction. */
export function prepareInteractionBackward(
  spec: InteractionSpec,
  native: NativeKernels,
): OpFn<"interactionBackward"> {
  const explain = prepareReference("interactionBackward", spec);
  const { itself, vectors, cols } = spec;
  const dot = spec.kind === "dot";
  return function interactionBackward(source, ddst, dvectors, begin, end) {
    if (native.interactionBackward(source, ddst, dvectors, dot, itself, vectors, cols, begin, end)) return;
    explain(source, ddst, dvectors, begin, end);
    failArrays("interactionBackward");
  };
}
