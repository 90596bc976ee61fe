import type { InteractionSpec, OpFn } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the interaction of each sample's vectors. */
export function prepareInteraction(spec: InteractionSpec, native: NativeKernels): OpFn<"interaction"> {
  const explain = prepareReference("interaction", spec);
  const { itself, vectors, cols } = spec;
  const dot = spec.kind === "dot";
  return function interaction(source, dst, begin, end) {
    if (native.interaction(source, dst, dot, itself, vectors, cols, begin, end)) return;
    explain(source, dst, begin, end);
    failArrays("interaction");
  };
}
