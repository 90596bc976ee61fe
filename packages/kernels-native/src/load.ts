import { DqrmError, type KernelBackend, type LoadOptions, type Unavailable } from "@dqrm/core";
import { createNativeBackend } from "./backend.ts";
import type { Bfloat16Form } from "./plan/describe-training.ts";

/** Says how to load, and lets tests choose what usually follows from the machine. */
export interface NativeLoadOptions extends LoadOptions {
  /** An instruction set that the processor has, instead of the widest. */
  readonly isa?: string;
  /** The path of a binary, instead of the platform's. */
  readonly binary?: string;
  /** A form of bfloat16 products, instead of the one that the processor does best. */
  readonly bfloat16?: Bfloat16Form;
}

/**
 * Loads the native kernels, or says why this machine cannot run them: which binary was looked for, and where.
 *
 * @throws VALUE when threads is not an integer >= 1
 */
export async function load(options: NativeLoadOptions = {}): Promise<KernelBackend | Unavailable> {
  const { coreCount, findAddon } = await import("./node/find-addon.ts");
  const { threads = coreCount(), binary } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new DqrmError("VALUE", {
      op: "load",
      what: "threads",
      expected: "an integer >= 1",
      actual: String(threads),
    });
  }
  const addon = findAddon(binary);
  if ("unavailable" in addon) return addon;
  const isas = addon.isas();
  const isa = options.isa ?? isas[0];
  const native = isa === undefined ? undefined : addon.open(isa);
  if (isa === undefined || native === undefined) {
    return {
      unavailable: `no kernels for ${isa ?? "anything"} on this processor, which has ${isas.join(", ")}`,
    };
  }
  return createNativeBackend({ addon, native, isa, threads, bfloat16: options.bfloat16 ?? "best" });
}
