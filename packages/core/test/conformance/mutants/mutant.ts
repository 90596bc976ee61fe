import {
  createKernels,
  reference,
  type KernelFactories,
  type OpFn,
  type OpName,
  type OpSpec,
} from "../../../src/index.ts";

/** A backend with one fault. */
export interface Mutant {
  readonly name: string;
  readonly ops: KernelFactories;
}

const kernels = createKernels([reference]);

/** Prepares the correct kernel, for a mutant to spoil. */
export function correct<K extends OpName>(op: K, spec: OpSpec<K>): OpFn<K> {
  return kernels.prepare(op, spec);
}
