#!/usr/bin/env node
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRepository } from "../create-repository.ts";
import { spellName } from "../plugin-name.ts";
import { templateValues } from "../template-values.ts";

const home = fileURLToPath(new URL("../..", import.meta.url));
const templates = join(home, "templates");
const kinds = readdirSync(templates);

/** The packages of a release have one version, this one's. */
function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "0.0.0";
}

function create(kind: string, name: string): void {
  const names = spellName(name);
  if (names === undefined) throw new Error(`the name is ${name}, expected kebab case, such as fast-kernels`);
  const folder = names.kebab;
  const files = createRepository(join(templates, kind), folder, templateValues(names, ownVersion()));
  for (const file of files) console.log(`created ${folder}/${file}`);
  console.log(`Now: cd ${folder}, npm install, npm test, and make it pass.`);
}

const [kind = "", name, ...rest] = process.argv.slice(2);
if (!kinds.includes(kind) || name === undefined || rest.length > 0) {
  process.stderr.write(`usage: npm create @dqrm ${kinds.join("|")} NAME\n`);
  process.exitCode = 2;
} else {
  try {
    create(kind, name);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
