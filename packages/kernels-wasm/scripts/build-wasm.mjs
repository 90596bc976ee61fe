import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { compileWasm } from "./compile-wasm.mjs";

const folder = dirname(dirname(fileURLToPath(import.meta.url)));

const MODULES = [
  { entry: "assembly/index.ts", out: "src/training.generated.ts", name: "training" },
  { entry: "assembly/inference.ts", out: "src/inference.generated.ts", name: "inference" },
];

/**
 * Finds the byte that says whether the imported memory is shared: the limits' flags of the one import.
 *
 * @param {Uint8Array} wasm
 */
function findMemoryFlag(wasm) {
  const imported = Buffer.concat([Buffer.from("\x03env\x06memory\x02", "latin1")]);
  const at = Buffer.from(wasm).indexOf(imported);
  const flagAt = at + imported.length;
  if (at < 0 || wasm[flagAt] !== 3) throw new Error("the module imports no shared memory env.memory");
  return flagAt;
}

/**
 * @param {string} types declarations of the compiler
 * @param {string} name
 */
function describeExports(types, name) {
  const methods = [...types.matchAll(/export function (\w+\([^)]*\): \w+;)/g)].map(
    ([, method]) => `  ${method}`,
  );
  const title = name[0]?.toUpperCase() + name.slice(1);
  return [
    `/** Types what the ${name} module exports. */`,
    `export interface ${title}Exports {`,
    ...methods,
    "}",
  ];
}

/** @param {(typeof MODULES)[number]} module */
async function render({ entry, name }) {
  const { wasm, types } = await compileWasm(folder, entry);
  const source = [
    "// Written by scripts/build-wasm.mjs from assembly/; change those files and run `npm run wasm`.",
    'import type { WasmModule } from "./runtime/wasm-module.ts";',
    "",
    ...describeExports(types, name),
    "",
    `/** Holds the compiled ${name} kernels. */`,
    `export const ${name}Module: WasmModule = {`,
    `  memoryFlagAt: ${findMemoryFlag(wasm)},`,
    `  base64: "${Buffer.from(wasm).toString("base64")}",`,
    "};",
    "",
  ];
  return format(source.join("\n"), { parser: "typescript", printWidth: 110 });
}

const stale = [];
for (const module of MODULES) {
  const fresh = await render(module);
  const path = join(folder, module.out);
  if (process.argv.includes("--check")) {
    if (readFileSync(path, "utf8") !== fresh) stale.push(module.out);
  } else writeFileSync(path, fresh);
}
if (stale.length > 0) {
  console.error(`${stale.join(", ")} differ from a fresh compilation: run \`npm run wasm\``);
  process.exitCode = 1;
}
