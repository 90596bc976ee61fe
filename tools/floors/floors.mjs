import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles, shortName } from "../workspace/files.mjs";
import { listPackages } from "../workspace/packages.mjs";

const IMPORT = /(?:\bfrom\s*|\bimport\s*(\()\s*|\bimport\s+)["']([^"']+)["']/g;

/** @import { WorkspacePackage } from "../workspace/packages.mjs" */

/**
 * Finds imports that a package may not make: of its own floor or above, undeclared, of itself by name, or of Node
 * where the package promises to run anywhere.
 *
 * @param {string} base folder of the checkout
 * @returns {string[]} one sentence per finding
 */
export function findFloorViolations(base) {
  const packages = listPackages(base);
  const floors = new Map(packages.map(({ name, floor }) => [name, floor]));
  return [
    ...packages.flatMap((item) => findUpwardDependencies(item, floors)),
    ...packages.flatMap((item) =>
      listFiles(join(item.path, "src"), ".ts").flatMap((file) =>
        importsOf(file)
          .map((found) => judge({ item, floors, ...found, file: shortName(item.path, file) }))
          .filter((finding) => finding !== undefined)
          .map((finding) => `${shortName(base, file)}: ${finding}`),
      ),
    ),
  ];
}

/** @param {WorkspacePackage} item */
function declaredBy({ manifest }) {
  return { ...manifest.dependencies, ...manifest.peerDependencies };
}

/**
 * @param {WorkspacePackage} item
 * @param {ReadonlyMap<string, number>} floors
 */
function findUpwardDependencies(item, floors) {
  return Object.keys(declaredBy(item))
    .filter((name) => (floors.get(name) ?? -1) >= item.floor)
    .map(
      (name) =>
        `packages/${item.folder}/package.json: floor ${item.floor} may not depend on ${name} (floor ${floors.get(name)})`,
    );
}

/**
 * @param {string} file
 * @returns {{ specifier: string, lazy: boolean }[]} `lazy` ones load only when the code asks for them
 */
function importsOf(file) {
  // Examples in doc comments import by package name, as a user does; they are not imports of the module.
  const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(IMPORT)].map(([, lazy, specifier = ""]) => ({
    specifier,
    lazy: lazy !== undefined,
  }));
}

/**
 * @param {{ item: WorkspacePackage, floors: ReadonlyMap<string, number>, specifier: string, lazy: boolean, file: string }} facts
 */
function judge({ item, floors, specifier, lazy, file }) {
  if (specifier.startsWith("node:")) {
    return isPure(item, file) ? `imports ${specifier}; only src/node/ and src/bin/ may need Node` : undefined;
  }
  if (specifier.startsWith(".")) {
    // A plugin's load() may ask for its half that needs Node: whoever does not load it never meets it.
    return !lazy && reachesNode(item, file, specifier)
      ? `imports ${specifier}; a pure module may not reach into node/`
      : undefined;
  }
  const target = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (target === item.name) return `imports its own package by name (${specifier}); import by relative path`;
  if (!(target in declaredBy(item))) return `imports ${target}, which its package.json does not declare`;
  const floor = floors.get(target);
  if (floor !== undefined && floor >= item.floor)
    return `floor ${item.floor} may not import ${target} (floor ${floor})`;
  return undefined;
}

/**
 * @param {WorkspacePackage} item
 * @param {string} file
 */
function isPure(item, file) {
  // The command is a program of Node; every other package runs wherever its src/node/ is not imported.
  return item.manifest.bin === undefined && !file.startsWith("src/node/");
}

/**
 * @param {WorkspacePackage} item
 * @param {string} file
 * @param {string} specifier
 */
function reachesNode(item, file, specifier) {
  return isPure(item, file) && /(?:^|\/)node\//.test(specifier);
}
