import type { OpFn, OpName, OpSpec, RowFormat } from "@dqrm/core";
import type { Factory } from "./host.ts";

/** Lets kernels decline formats whose codes stand for something that they do not know, as a scheme added later. */
export function ofServedScheme<K extends OpName>(
  prepare: Factory<K>,
  formatOf: (spec: OpSpec<K>) => RowFormat,
): (spec: OpSpec<K>) => OpFn<K> | undefined {
  return function prepareServed(spec) {
    const { scheme } = formatOf(spec);
    return scheme === "symmetric" || scheme === "asymmetric" ? prepare(spec) : undefined;
  };
}
