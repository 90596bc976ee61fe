import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "../workspace/root.mjs";
import { runCommand, runNpm } from "../workspace/run-command.mjs";
import { findInstalled, listParts } from "./list-parts.mjs";

/** The folder of the kit, below the one that the caller names. */
export const KIT_FOLDER = "dqrm-gpu-kit";

/** What the kit runs, at the same places as here, so that their imports hold. */
const PROGRAMS = ["tools/gpu-kit/kit", "tools/peers/torch-peer.mjs", "tools/peers/dlrm-peer.py"];

/** Folders in which distributions keep the loader of Vulkan. */
const LOADERS = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];

/**
 * Builds the kit and packs it into one file.
 *
 * @param {string} out a folder; what an earlier build left there is replaced
 * @returns {Promise<{ file: string, bytes: number, notes: string[] }>}
 * @throws {Error} when the packages are not built, or a program fails
 */
export async function buildKit(out) {
  if (!existsSync(join(root, "packages/dqrm/dist/bin/dqrm.js")))
    throw new Error("the packages are not built: npm run build");
  const kit = join(out, KIT_FOLDER);
  rmSync(kit, { recursive: true, force: true });
  mkdirSync(kit, { recursive: true });
  for (const path of PROGRAMS) cpSync(join(root, path), join(kit, path), { recursive: true });
  cpSync(join(root, "tools/gpu-kit/kit/run.sh"), join(kit, "run.sh"));
  chmodSync(join(kit, "run.sh"), 0o755);
  await installParts(join(kit, "node_modules"));
  const notes = [
    ...(await copyStripped(process.execPath, join(kit, "node"))),
    ...(await installDawn(join(kit, "node_modules", "webgpu"))),
  ];
  const file = `${kit}.tar.gz`;
  await must("tar", ["-czf", file, "-C", out, KIT_FOLDER]);
  return { file, bytes: statSync(file).size, notes };
}

/** Packs the packages as they would be published, and unpacks them. @param {string} modules */
async function installParts(modules) {
  const packed = mkdtempSync(join(tmpdir(), "dqrm-kit-"));
  try {
    const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", packed];
    for (const folder of listParts()) {
      const { code, output } = await runNpm([...args, folder], { cwd: packed });
      if (code !== 0) throw new Error(`npm pack ${folder} failed\n${output}`);
      const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const tarball = /"filename": "(?<file>[^"]+)"/.exec(output)?.groups?.["file"];
      if (tarball === undefined) throw new Error(`npm pack ${folder} names no file\n${output}`);
      const target = join(modules, name);
      mkdirSync(target, { recursive: true });
      await must("tar", ["-xzf", join(packed, basename(tarball)), "-C", target, "--strip-components=1"]);
    }
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
}

/**
 * Installs Dawn for this platform alone; the loader of Vulkan goes beside it, where it looks first.
 *
 * @param {string} target
 * @returns {Promise<string[]>} notes
 */
async function installDawn(target) {
  const source = findInstalled("webgpu", join(root, "packages", "kernels-webgpu"));
  const platform = join("dist", `${process.platform}-${process.arch}`);
  mkdirSync(join(target, platform), { recursive: true });
  for (const name of ["package.json", "index.js", "LICENSE.md"])
    cpSync(join(source, name), join(target, name));
  const notes = await copyStripped(join(source, platform, "dawn.node"), join(target, platform, "dawn.node"));
  const loader = LOADERS.map((folder) => join(folder, "libvulkan.so.1")).find((path) => existsSync(path));
  if (loader === undefined) return [...notes, "no libvulkan.so.1 here: the other machine must have its own"];
  cpSync(loader, join(target, platform, "libvulkan.so.1"), { dereference: true });
  return notes;
}

/**
 * Copies a program without its symbols.
 *
 * @param {string} from
 * @param {string} to
 * @returns {Promise<string[]>} notes
 */
async function copyStripped(from, to) {
  cpSync(from, to, { dereference: true });
  const reason = await runCommand("strip", ["--strip-unneeded", to]).then(
    ({ code, output }) => (code === 0 ? undefined : output.trim()),
    (/** @type {Error} */ error) => error.message,
  );
  return reason === undefined ? [] : [`${basename(to)} keeps its symbols: ${reason}`];
}

/** @param {string} command @param {readonly string[]} args */
async function must(command, args) {
  const { code, output } = await runCommand(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed\n${output}`);
}
