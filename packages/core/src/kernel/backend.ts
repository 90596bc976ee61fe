import type { PlanFactories } from "../plan/plan.ts";
import type { OpFn, OpName, OpSpec } from "./ops.ts";

/** Raised when the meaning of the kernel interface changes; a plugin built for another number is refused. */
export const KERNEL_ABI = 1;

/**
 * Maps each op to a factory that specialises a kernel for a spec, or answers undefined when this backend
 * has none. Specialise once, call many times.
 */
export type KernelFactories = { readonly [K in OpName]?: (spec: OpSpec<K>) => OpFn<K> | undefined };

/** Holds the kernels of one implementation, and optionally a fused plan. */
export interface KernelBackend {
  readonly name: string;
  readonly abi: number;
  readonly ops: KernelFactories;
  /** Whole models compiled to fused steps. */
  readonly plans: PlanFactories;
}

/** Describes a backend before it is loaded: cheap to import, says in `load` whether this machine can run it. */
export interface KernelPlugin {
  readonly name: string;
  readonly abi: number;
  load(): Promise<KernelBackend | Unavailable>;
}

/** Says why a plugin cannot run here. */
export interface Unavailable {
  readonly unavailable: string;
}

/**
 * Builds a backend from a table of kernel factories.
 *
 * ```ts doctest
 * import { defineKernels, KERNEL_ABI } from "@dqrm/core";
 * defineKernels("mine", {}).abi === KERNEL_ABI; // => true
 * ```
 */
export function defineKernels(name: string, ops: KernelFactories, plans: PlanFactories = {}): KernelBackend {
  return { name, abi: KERNEL_ABI, ops, plans };
}
