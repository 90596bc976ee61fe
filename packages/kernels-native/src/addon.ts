import type { NativeKernels } from "./ops/native-kernels.ts";
import type { PlanAddon } from "./plan/plan-addon.ts";

/** Raised when the meaning of the addon's functions changes, here and in native/binding/module.cc. */
export const INTERFACE_NUMBER = 3;

/** Describes what the addon exports (native/binding/module.cc). */
export interface Addon extends PlanAddon {
  readonly interfaceNumber: number;
  /** Lists the instruction sets that this processor has kernels for, the widest first. */
  isas(): readonly string[];
  /** Gives the kernels of an instruction set, undefined when there are none for this processor. */
  open(isa: string): NativeKernels | undefined;
  /** Asks the system for huge pages; answers false where there are none to be had. */
  adviseHuge(bytes: Uint8Array): boolean;
}
