import { readFile } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";

/** Below this address nothing is stored, so that a null pointer never hits data. */
const MEMORY_BASE = 1024;

const FLAGS = [
  ...["-O3", "--noAssert", "--runtime", "stub", "--use", "abort="],
  ...["--enable", "simd,threads"],
  ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
  ...["--memoryBase", String(MEMORY_BASE), "--noExportMemory", "--bindings", "raw"],
];

/**
 * Compiles an entry file of assembly/.
 *
 * @param {string} folder the package
 * @param {string} entry file below it
 * @returns {Promise<{ wasm: Uint8Array, types: string }>} the module, and the declarations of its exports
 */
export async function compileWasm(folder, entry) {
  /** @type {Map<string, string | Uint8Array>} */
  const written = new Map();
  const { error, stderr } = await asc.main([entry, ...FLAGS, "--outFile", "module.wasm"], {
    readFile: async (name, base) => {
      try {
        return await readFile(join(folder, base, name), "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (name, contents) => {
      written.set(name, contents);
    },
    listFiles: () => [],
  });
  const wasm = written.get("module.wasm");
  const types = written.get("module.d.ts");
  if (error !== null || !(wasm instanceof Uint8Array) || typeof types !== "string") {
    throw new Error(`${entry} does not compile: ${stderr.toString()}${error?.message ?? ""}`);
  }
  return { wasm, types };
}
