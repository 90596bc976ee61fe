import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../workspace/files.mjs";
import { spell } from "./names.mjs";
import { runGenerator } from "./run-generator.mjs";
import { scaffold, writeFormatted } from "./scaffold.mjs";

/**
 * Creates the skeleton of a gradient codec in @dqrm/comm, with the conformance kit bound to it, which fails.
 *
 * @param {string} base folder of the checkout
 * @param {string | undefined} name kebab-case
 */
export async function createCodec(base, name) {
  const names = spell(name);
  const comm = join(base, "packages", "comm");
  const files = await scaffold(base, "codec", { ...names, id: String(freeId(join(comm, "src", "codecs"))) });
  const index = join(comm, "src", "index.ts");
  const line = `export { ${names.camel} } from "./codecs/${names.kebab}.ts";\n`;
  await writeFormatted(index, readFileSync(index, "utf8") + line);
  return files;
}

/**
 * Finds the lowest number that no codec uses on the wire.
 *
 * @param {string} folder
 */
function freeId(folder) {
  const used = new Set(
    listFiles(folder, ".ts").flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(/\bid: (\d+)/g)].map((match) => Number(match[1])),
    ),
  );
  let id = 1;
  while (used.has(id)) id += 1;
  return id;
}

await runGenerator(
  import.meta.url,
  createCodec,
  "Now: describe its bytes, and implement it until the conformance kit passes.",
);
