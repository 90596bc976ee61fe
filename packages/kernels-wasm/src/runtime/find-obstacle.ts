import { decodeModule, type WasmModule } from "./wasm-module.ts";

/** Says why this host cannot run a module, or undefined when it can. */
export function findObstacle(module: WasmModule): string | undefined {
  if (typeof WebAssembly !== "object") return "this host has no WebAssembly";
  if (WebAssembly.validate(decodeModule(module, true))) return undefined;
  return "the WebAssembly of this host lacks SIMD or atomic instructions";
}
