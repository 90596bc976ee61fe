import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fillTemplate } from "./fill-template.ts";

const ENDING = ".tmpl";

/** Writes the files of a template into a new folder and names them; writes nothing when the folder holds something already. */
export function createRepository(
  template: string,
  folder: string,
  values: Readonly<Record<string, string>>,
): readonly string[] {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`${folder} is there already, expected a new folder`);
  }
  const names = listTemplate(template);
  for (const name of names) {
    const path = join(folder, name);
    const text = fillTemplate(readFileSync(join(template, `${name}${ENDING}`), "utf8"), values);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return names.map((name) => name.split(sep).join("/"));
}

function listTemplate(template: string): readonly string[] {
  return readdirSync(template, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ENDING))
    .map((entry) => relative(template, join(entry.parentPath, entry.name)).slice(0, -ENDING.length))
    .sort();
}
