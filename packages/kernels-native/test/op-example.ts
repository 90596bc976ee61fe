import type { KernelBackend, OpFn, OpName, OpSpec } from "@dqrm/core";
import type { Arrays } from "./example-arrays.ts";

/** Holds one good call of an op, whose arrays are exactly as long as it needs them. */
export interface OpExample {
  readonly op: OpName;
  /** Makes the arrays of the call anew. */
  readonly arrays: () => Arrays;
  /** Arrays whose length has a meaning of its own: none, fewer bags, or room that grows. */
  readonly elastic?: readonly string[];
  /** Calls a backend's kernel with these arrays, or with others in their place. */
  readonly call: (backend: KernelBackend, arrays: Arrays) => void;
}

/** Prepares a kernel that the backend has. */
export function prepared<K extends OpName>(backend: KernelBackend, op: K, spec: OpSpec<K>): OpFn<K> {
  const kernel = backend.ops[op]?.(spec);
  if (kernel === undefined) throw new Error(`${backend.name} has no ${op} for ${JSON.stringify(spec)}`);
  return kernel;
}
