import { createKernels } from "../kernel/kernels.ts";
import type { OpFn, OpName, OpSpec } from "../kernel/ops.ts";
import { reference } from "../reference/index.ts";

const kernels = createKernels([reference]);

/** Prepares the kernel that defines what an op means. */
export function referenceKernel<K extends OpName>(op: K, spec: OpSpec<K>): OpFn<K> {
  return kernels.prepare(op, spec);
}
