import type { OpFn, OpName, OpSpec } from "@dqrm/core";

/** Prepares kernels of one op, or declines. */
export type Factory<K extends OpName> = (spec: OpSpec<K>) => OpFn<K> | undefined;
