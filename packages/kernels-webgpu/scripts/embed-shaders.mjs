import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

const folder = fileURLToPath(new URL("../shaders", import.meta.url));
const target = fileURLToPath(new URL("../src/shaders.generated.ts", import.meta.url));

/** Parts that other shaders name in a line `//! part`, and those that stand before all. */
const PARTS = [
  "shared",
  "packed-row",
  "fake-quantized",
  "two-floats",
  "dot4-packed",
  "dot4-plain",
  "matrix-tile",
  "pooled-rows",
];

/** @param {string} name */
function read(name) {
  // Comments and indentation are for readers; a device compiles what is left.
  return readFileSync(`${folder}/${name}.wgsl`, "utf8")
    .replace(/^\/\/! (.*)$/gm, (_, part) => read(part))
    .split("\n")
    .map((line) => line.replace(/\/\/.*$/, "").trim())
    .filter((line) => line !== "")
    .join("\n");
}

const names = readdirSync(folder)
  .map((file) => file.replace(/\.wgsl$/, ""))
  .filter((name) => !PARTS.includes(name))
  .sort();
const shared = read("shared");
const entries = names.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(read(name))},`);
const source = `// Written by scripts/embed-shaders.mjs from shaders/; change those files and run \`npm run shaders\`.

/** Stands before every shader. */
export const SHARED = ${JSON.stringify(shared)};

/** Stands before every shader too: by the instruction of a device that has one, or plainly. */
export const DOT4 = { packed: ${JSON.stringify(read("dot4-packed"))}, plain: ${JSON.stringify(read("dot4-plain"))} } as const;

/** Holds every shader by its name. */
export const SHADERS = {
${entries.join("\n")}
} as const;

/** Names a shader. */
export type ShaderName = keyof typeof SHADERS;
`;
const text = await format(source, { ...(await resolveConfig(target)), filepath: target });
if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
  console.error("src/shaders.generated.ts is not what shaders/ says: run `npm run shaders`");
  process.exitCode = 1;
}
