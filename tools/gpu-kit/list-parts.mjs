import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listPackages } from "../workspace/packages.mjs";

/** What the kit runs: the command, and the kernels. */
const WANTED = ["dqrm", "@dqrm/kernels-webgpu"];

/**
 * Lists the folders of the packages that a kit needs: those of the workspace, and what they depend on.
 *
 * @returns {string[]} absolute paths
 * @throws {Error} when a dependency is not installed, or two have one name
 */
export function listParts() {
  const workspace = new Map(listPackages().map(({ name, path }) => [name, path]));
  /** @type {Map<string, string>} */
  const found = new Map();
  /** @param {string} name @param {string} from */
  const visit = (name, from) => {
    const folder = workspace.get(name) ?? findInstalled(name, from);
    const before = found.get(name);
    if (before !== undefined && before !== folder)
      throw new Error(`two packages ${name}: ${before}, ${folder}`);
    if (before !== undefined) return;
    found.set(name, folder);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
  };
  for (const name of WANTED) visit(name, ".");
  return [...found.values()];
}

/**
 * Finds an installed package as Node would.
 *
 * @param {string} name
 * @param {string} from folder of the package that imports it
 * @returns {string}
 */
export function findInstalled(name, from) {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  if (dirname(from) === from) throw new Error(`${name} is not installed: run npm install`);
  return findInstalled(name, dirname(from));
}
