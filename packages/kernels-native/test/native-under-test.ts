import type { KernelBackend } from "@dqrm/core";
import { load, type NativeLoadOptions } from "../src/load.ts";

/** Lists the instruction sets of the code; a processor has some of them. */
export const ISAS = ["avx512bf16", "avx512", "avx2", "portable"] as const;

/** Loads the kernels that are tested: the repository's binary, or the one that a run with sanitizers names. */
export async function loadUnderTest(
  options: NativeLoadOptions = {},
): Promise<KernelBackend | { readonly unavailable: string }> {
  const binary = process.env["DQRM_NATIVE_BINARY"];
  return load(binary === undefined ? options : { ...options, binary });
}

/** Gives the backend, or fails. */
export async function backendUnderTest(options: NativeLoadOptions = {}): Promise<KernelBackend> {
  const loaded = await loadUnderTest(options);
  if ("unavailable" in loaded) throw new Error(loaded.unavailable);
  return loaded;
}
