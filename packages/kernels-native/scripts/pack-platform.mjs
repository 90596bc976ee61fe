import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { thisPlatform } from "./platform.mjs";

/** @import { Platform } from "./platform.mjs" */

/**
 * Makes the package of this platform's binary, of the version of the package that it belongs to, in build/packages.
 *
 * @param {string} home folder of kernels-native in a checkout
 * @returns {string | undefined} its folder; undefined when there is no binary to pack
 */
export function packPlatform(home) {
  const platform = thisPlatform();
  const binary = join(home, "build", platform.key, "dqrm.node");
  if (!existsSync(binary)) return undefined;
  const folder = join(home, "build", "packages", platform.key);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(binary, join(folder, "dqrm.node"));
  copyFileSync(join(home, "LICENSE"), join(folder, "LICENSE"));
  const manifest = describePlatform(platform, JSON.parse(readFileSync(join(home, "package.json"), "utf8")));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  writeFileSync(
    join(folder, "README.md"),
    `# ${manifest.name}\n\nThe binary of [@dqrm/kernels-native](https://www.npmjs.com/package/@dqrm/kernels-native) for ${platform.key}.\n`,
  );
  return folder;
}

/**
 * @param {Platform} platform
 * @param {Record<string, unknown>} owner manifest of the package that loads the binary
 */
function describePlatform({ key, os, cpu, libc }, owner) {
  return {
    name: `${owner["name"]}-${key}`,
    version: owner["version"],
    description: `Binary of ${owner["name"]} for ${key}`,
    license: owner["license"],
    repository: owner["repository"],
    engines: owner["engines"],
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    files: ["dqrm.node"],
    publishConfig: owner["publishConfig"],
  };
}

/**
 * Lists the packages in build/packages as optional dependencies of the one that loads them, and says where they are.
 *
 * The manifest in the repository does not have the list: `npm ci` would look for packages that are not published yet.
 *
 * @param {string} home
 * @returns {string[]} folders of the packages
 * @throws {Error} when there are none, or one of another version
 */
export function listPlatforms(home) {
  const parent = join(home, "build", "packages");
  const folders = existsSync(parent)
    ? readdirSync(parent)
        .sort()
        .map((name) => join(parent, name))
    : [];
  const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  if (folders.length === 0) throw new Error(`${parent} holds no binary: pack one on each platform first`);
  const packed = folders.map((folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
  const stale = packed.find(({ version }) => version !== manifest.version);
  if (stale !== undefined) {
    throw new Error(
      `${stale.name} has version ${stale.version}, expected ${manifest.version}: pack it again`,
    );
  }
  manifest.optionalDependencies = Object.fromEntries(packed.map(({ name, version }) => [name, version]));
  writeFileSync(join(home, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return folders;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const home = fileURLToPath(new URL("..", import.meta.url));
  console.log(packPlatform(home) ?? "there is no binary to pack: npm run build:native");
}
