import type { Arena } from "../format/arena.ts";
import type { PlanFactories } from "../plan/plan.ts";
import type { OpFn, OpName, OpSpec } from "./ops.ts";

/** Raised when the meaning of the kernel interface changes; a plugin built for another number is refused. */
export const KERNEL_ABI = 1;

/**
 * Maps each op to a factory that specialises a kernel for a spec, or answers undefined when this backend
 * has none. Specialise once, call many times.
 */
export type KernelFactories = { readonly [K in OpName]?: (spec: OpSpec<K>) => OpFn<K> | undefined };

/**
 * Tells what a backend runs on, and measures the limits of that machine, for benchmarks to divide by.
 *
 * @units fmaGigaflops: 10⁹ multiplications and additions a second of independent sums in registers, in the widest
 *        vectors that the backend's matrix products use; readGigabytes: 10⁹ bytes a second read from memory in order;
 *        barrierNanoseconds: until all threads of a plan have met, 0 for one; what one core wrote takes about as long to another
 * @cost a measurement takes about a tenth of a second; nothing is measured before it is asked for
 */
export interface BackendMachine {
  /** Instruction set of the kernels, as "avx512" or "simd128". */
  readonly isa: string;
  /** Threads that a plan uses. */
  readonly threads: number;
  fmaGigaflops(threads: number): number;
  readGigabytes(threads: number): number;
  barrierNanoseconds?(threads: number): number;
}

/** Lists what a backend may offer beyond kernels and plans. */
export interface BackendExtras {
  /** Opens memory that the backend reads without copies, as createArena; absent when any memory serves. */
  readonly createArena?: (segmentBytes: number) => Arena;
  readonly machine?: BackendMachine;
  /** Says, of ops by name and of plans as "training" and "inference", why the backend leaves them to others. */
  readonly declines?: Readonly<Record<string, string>>;
}

/** Holds the kernels of one implementation, and optionally a fused plan. */
export interface KernelBackend extends BackendExtras {
  readonly name: string;
  readonly abi: number;
  readonly ops: KernelFactories;
  /** Whole models compiled to fused steps. */
  readonly plans: PlanFactories;
}

/** Says how a plugin should use the machine. */
export interface LoadOptions {
  /** Threads of a plan, the caller's included; a plugin that cannot have so many takes fewer and says so in `machine`. */
  readonly threads?: number;
}

/** Describes a backend before it is loaded: cheap to import, says in `load` whether this machine can run it. */
export interface KernelPlugin {
  readonly name: string;
  readonly abi: number;
  load(options?: LoadOptions): Promise<KernelBackend | Unavailable>;
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
export function defineKernels(
  name: string,
  ops: KernelFactories,
  plans: PlanFactories = {},
  extras: BackendExtras = {},
): KernelBackend {
  return { name, abi: KERNEL_ABI, ops, plans, ...extras };
}
