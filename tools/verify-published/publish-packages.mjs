import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listPlatforms, packPlatform } from "../../packages/kernels-native/scripts/pack-platform.mjs";
import { copyCheckout } from "../workspace/copy-checkout.mjs";
import { listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";

/** A release note for one package, which must lift all of them. */
const NOTE_FOR_ONE = '---\n"@dqrm/core": patch\n---\n\nProve that all packages are released together.\n';

/**
 * Copies the built packages and versions them twice with changesets: with the waiting notes and one for core, and then
 * with one for core alone.
 *
 * @param {string} base an empty folder
 * @returns {Promise<string>} the version, the same for all
 * @throws {Error} when the packages do not all get one version
 */
export async function versionPackages(base) {
  copyCheckout(base, {
    parts: ["package.json", ".changeset", "packages"],
    without: /^packages\/[^/]+\/test$/,
  });
  const first = await versionOnce(base);
  const second = await versionOnce(base);
  if (first === second) throw new Error(`a note for @dqrm/core left the version at ${second}`);
  return second;
}

/** @param {string} base */
async function versionOnce(base) {
  writeFileSync(join(base, ".changeset", "note-for-one.md"), NOTE_FOR_ONE);
  const program = join(root, "node_modules", "@changesets", "cli", "bin.js");
  const { code, output } = await runNode([program, "version"], { cwd: base });
  if (code !== 0) throw new Error(`changeset version failed\n${output}`);
  const versions = new Set(listPackages(base).map(({ manifest }) => manifest.version));
  const [version = "none"] = versions;
  if (versions.size !== 1)
    throw new Error(`changeset version gave several versions: ${[...versions].join(", ")}`);
  for (const { folder, path } of listPackages(base)) {
    const log = readFileSync(join(path, "CHANGELOG.md"), "utf8");
    if (!log.includes(`## ${version}`))
      throw new Error(`packages/${folder}/CHANGELOG.md does not mention ${version}`);
  }
  return version;
}

/**
 * Publishes the binary of this platform, if it was built, and lists it in the package that loads it.
 *
 * @param {string} base folder of the copy
 * @param {import("./local-npm.mjs").LocalNpm} npm
 * @returns {Promise<string | undefined>} the name of the binary's package
 */
export async function publishBinary(base, npm) {
  const home = join(base, "packages", "kernels-native");
  const folder = packPlatform(home);
  if (folder === undefined) return undefined;
  listPlatforms(home);
  await publish(folder, npm);
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).name;
}

/**
 * Publishes every package, lowest floor first.
 *
 * @param {string} base folder of the copy
 * @param {import("./local-npm.mjs").LocalNpm} npm
 */
export async function publishPackages(base, npm) {
  for (const { path } of listPackages(base)) await publish(path, npm);
}

/**
 * @param {string} folder
 * @param {import("./local-npm.mjs").LocalNpm} npm
 */
async function publish(folder, npm) {
  // Provenance needs the identity of a CI provider; a local registry has none to vouch for.
  const { code, output } = await npm(["publish", "--provenance=false", "--ignore-scripts"], folder);
  if (code !== 0) throw new Error(`npm publish of ${folder} failed\n${output}`);
}
