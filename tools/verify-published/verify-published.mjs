import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled } from "../bootstrap/install.mjs";
import { listPackages } from "../workspace/packages.mjs";
import { runNpm } from "../workspace/run-command.mjs";
import { adopt, typecheckAdopter } from "./adopt.mjs";
import { adoptions } from "./adoptions.mjs";
import { npmEnvironment, prepareNpm } from "./local-npm.mjs";
import { followPages } from "./follow-pages.mjs";
import { publishBinary, publishPackages, versionPackages } from "./publish-packages.mjs";
import { startRegistry } from "./registry.mjs";

/** @import { Outcome } from "../bootstrap/check.mjs" */
/** @import { Guided } from "./follow-pages.mjs" */

const home = fileURLToPath(new URL(".", import.meta.url));

const UNREACHABLE = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ERR_SOCKET_TIMEOUT/;

/**
 * Versions, packs and publishes every package to a registry on this machine, and uses each alone in a new project.
 *
 * @returns {Promise<Outcome>}
 */
export async function verifyPublished() {
  const unreachable = await installRegistry();
  if (unreachable !== undefined) {
    return { verdict: "skipped", output: "", note: `the npm registry cannot be reached: ${unreachable}` };
  }
  const base = mkdtempSync(join(tmpdir(), "dqrm-published-"));
  const upstream = (await runNpm(["config", "get", "registry"])).output.match(/https?:\/\/\S+/)?.[0] ?? "";
  const registry = await startRegistry(join(base, "registry"), upstream);
  try {
    const npm = prepareNpm(base, registry.address);
    const version = await versionPackages(join(base, "workspace"));
    const binary = await publishBinary(join(base, "workspace"), npm);
    await publishPackages(join(base, "workspace"), npm);
    const guided = followPages(base, npmEnvironment(base, registry.address));
    return await tryAll(base, { version, npm, binary, guided: await guided });
  } finally {
    await registry.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

/** @returns {Promise<string | undefined>} why the registry cannot be had here */
async function installRegistry() {
  if (isInstalled(home)) return undefined;
  const { code, output } = await runNpm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: home });
  if (code === 0) return undefined;
  const reason = UNREACHABLE.exec(output)?.[0];
  if (reason === undefined) throw new Error(`npm ci failed in tools/verify-published\n${output}`);
  return reason;
}

/**
 * @param {string} base
 * @param {{ version: string, npm: import("./local-npm.mjs").LocalNpm, binary: string | undefined, guided: readonly Guided[] }} published
 * @returns {Promise<Outcome>}
 */
async function tryAll(base, { version, npm, binary, guided }) {
  const tests = { passed: 1, failed: 0, skipped: 0 };
  const output = /** @type {string[]} */ ([]);
  /** @param {string} name @param {readonly string[]} findings */
  function count(name, findings) {
    tests[findings.length === 0 ? "passed" : "failed"] += 1;
    if (findings.length > 0) output.push(`${name}:`, ...findings);
  }
  const adopted = new Set(adoptions.map(({ name }) => name));
  const forgotten = listPackages().filter(
    ({ name, manifest }) => manifest.private !== true && !adopted.has(name),
  );
  if (forgotten.length > 0)
    count(
      "every package is adopted by a program in adoptions.mjs",
      forgotten.map(({ name }) => name),
    );
  for (const adoption of adoptions) {
    if (adoption.needsBinary === true && binary === undefined) {
      tests.skipped += 1;
      continue;
    }
    const folder = join(base, [adoption.name.replace("/", "-"), ...(adoption.flags ?? [])].join(""));
    const installed = [...adoption.installed, ...binariesOf(adoption, binary)];
    count(
      `${adoption.name} ${adoption.does}`,
      await adopt({ ...adoption, installed }, { folder, version, npm }),
    );
  }
  const types = await typecheckAdopter(join(base, "@dqrm-embedding"), "consumer.ts");
  for (const { name, findings } of guided) count(name, findings);
  count("the declarations of @dqrm/embedding serve a strict consumer", types);
  return { verdict: output.length === 0 ? "passed" : "failed", output: output.join("\n"), tests };
}

/**
 * Lists the binaries that arrive with the native kernels, unless npm was told to leave them out.
 *
 * @param {import("./adoptions.mjs").Adoption} adoption
 * @param {string | undefined} binary
 */
function binariesOf({ installed, flags = [] }, binary) {
  const native = installed.includes("@dqrm/kernels-native") && !flags.includes("--omit=optional");
  return native && binary !== undefined ? [binary] : [];
}
