import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { listFiles, shortName } from "../workspace/files.mjs";

const templates = fileURLToPath(new URL("templates", import.meta.url));

/**
 * Writes the files of a template into a checkout; `{{key}}` stands for a value, in paths as well as in texts.
 *
 * @param {string} base folder of the checkout
 * @param {string} template
 * @param {Record<string, string>} values
 * @returns {Promise<string[]>} the files, named from the checkout
 * @throws {Error} when one of the files is there already; nothing is written then
 */
export async function scaffold(base, template, values) {
  const folder = join(templates, template);
  const files = listFiles(folder, ".tmpl").map((path) => ({
    path: join(base, fill(shortName(folder, path).replace(/\.tmpl$/, ""), values)),
    text: fill(readFileSync(path, "utf8"), values),
  }));
  const taken = files.find(({ path }) => existsSync(path));
  if (taken) throw new Error(`${shortName(base, taken.path)} exists already`);
  for (const { path, text } of files) await writeFormatted(path, text);
  return files.map(({ path }) => shortName(base, path));
}

/**
 * Writes a file as prettier would leave it.
 *
 * @param {string} path
 * @param {string} text
 */
export async function writeFormatted(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}

/**
 * @param {string} text
 * @param {Record<string, string>} values
 */
function fill(text, values) {
  return text.replace(/\{\{(\w+)\}\}/g, (_, key) => {
    const value = values[key];
    if (value === undefined) throw new Error(`the template asks for ${key}`);
    return value;
  });
}
