import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { listEntries, listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { outcomeOfFindings } from "./check.mjs";

/**
 * Checks that importing a package does nothing: no global appears, no file, nothing is printed or left running.
 *
 * @returns {Promise<import("./check.mjs").Outcome>}
 */
export async function checkQuietImports() {
  const findings = [];
  const packages = listPackages();
  const entries = packages.flatMap((item) => listEntries(item));
  // What an optional peer does when it is imported is not ours to change; it is here before we look.
  for (const peer of new Set(packages.flatMap(optionalPeers))) await importPeer(peer);
  for (const { specifier, code } of entries) {
    const before = observe();
    await import(pathToFileURL(code).href);
    const after = observe();
    const changed = Object.keys(before).filter((key) => before[key] !== after[key]);
    for (const key of changed)
      findings.push(`importing ${specifier} changes ${key}: ${before[key]} → ${after[key]}`);
  }
  return outcomeOfFindings(findings, `${entries.length} entries`);
}

/** @param {import("../workspace/packages.mjs").WorkspacePackage} item */
function optionalPeers({ manifest }) {
  return Object.keys(manifest.peerDependenciesMeta ?? {});
}

/** @param {string} name of a package that need not be installed */
async function importPeer(name) {
  try {
    await import(name);
  } catch {
    // An entry that cannot do without it says so itself.
  }
}

/** @returns {Record<string, string>} */
function observe() {
  return {
    globals: Object.getOwnPropertyNames(globalThis).sort().join(" "),
    "the files of the checkout": readdirSync(root).join(" "),
    "the listeners of the process": process.eventNames().map(String).sort().join(" "),
  };
}
