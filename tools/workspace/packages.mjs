import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.mjs";

/**
 * Describes what the tools read of a package.json.
 *
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} description
 * @property {boolean} [private]
 * @property {{ floor: number }} dqrm
 * @property {Record<string, string | Record<string, string>>} exports
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string>} [scripts]
 */

/**
 * Describes one package of the workspace.
 *
 * @typedef {object} WorkspacePackage
 * @property {string} folder name of its folder in packages/
 * @property {string} path absolute path of that folder
 * @property {string} name published name
 * @property {number} floor the level in the house; imports go downwards only
 * @property {Manifest} manifest
 */

/**
 * Lists the packages of a checkout, lowest floor first.
 *
 * @param {string} [base] folder of the checkout
 * @returns {WorkspacePackage[]}
 */
export function listPackages(base = root) {
  const parent = join(base, "packages");
  return readdirSync(parent)
    .filter((folder) => existsSync(join(parent, folder, "package.json")))
    .map((folder) => readPackage(folder, join(parent, folder)))
    .sort((a, b) => a.floor - b.floor || a.name.localeCompare(b.name));
}

/**
 * @param {string} folder
 * @param {string} path
 * @returns {WorkspacePackage}
 */
function readPackage(folder, path) {
  /** @type {Manifest} */
  const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  const floor = manifest.dqrm?.floor;
  if (!Number.isInteger(floor))
    throw new Error(`packages/${folder}/package.json: expected "dqrm": {"floor": n}`);
  return { folder, path, name: manifest.name, floor, manifest };
}

/**
 * Lists what a package offers for import: the sub-path, and the files behind it.
 *
 * @param {WorkspacePackage} item
 * @returns {{ subpath: string, entry: string, specifier: string, source: string, types: string, code: string }[]}
 */
export function listEntries({ path, name, manifest }) {
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return [];
    const tail = subpath.slice(2);
    return {
      subpath,
      entry: tail === "" ? "index" : tail.replaceAll("/", "-"),
      specifier: tail === "" ? name : `${name}/${tail}`,
      source: join(path, target["@dqrm/source"] ?? ""),
      types: join(path, target.types ?? ""),
      code: join(path, target.default ?? ""),
    };
  });
}
