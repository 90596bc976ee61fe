import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { listFiles, shortName } from "../workspace/files.mjs";
import { listEntries, listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { compareReports } from "./compare-reports.mjs";
import { renderEntry } from "./render-entry.mjs";

/**
 * Compares the declarations that the packages ship with the reports in their `api/`, or writes these anew.
 *
 * @param {{ write: boolean }} options
 * @returns {Promise<import("../bootstrap/check.mjs").Outcome>}
 */
export async function reportApi({ write }) {
  const packages = listPackages();
  const entries = packages.flatMap((item) => listEntries(item).map((entry) => ({ item, ...entry })));
  const program = ts.createProgram(
    entries.map(({ types }) => types),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
      noEmit: true,
    },
  );
  const findings = findStale(packages);
  for (const { item, entry, specifier, types } of entries) {
    const report = join(item.path, "api", `${entry}.api.d.ts`);
    const [{ types: main = types } = {}] = listEntries(item);
    const text = renderEntry(program, { entry: types, specifier, main });
    if (write) {
      mkdirSync(dirname(report), { recursive: true });
      writeFileSync(report, text);
    } else {
      const before = existsSync(report) ? readFileSync(report, "utf8") : undefined;
      findings.push(...compareReports(shortName(root, report), before, text));
    }
  }
  const hint =
    findings.length === 0 ? [] : ["If the change is meant: npm run api, and commit the difference."];
  return { verdict: findings.length === 0 ? "passed" : "failed", output: [...findings, ...hint].join("\n") };
}

/** @param {readonly import("../workspace/packages.mjs").WorkspacePackage[]} packages */
function findStale(packages) {
  return packages.flatMap((item) => {
    const entries = new Set(listEntries(item).map(({ entry }) => `${entry}.api.d.ts`));
    return listFiles(item.path, ".api.d.ts")
      .filter((path) => !entries.has(basename(path)))
      .map((path) => `${shortName(root, path)} belongs to no entry of the package`);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { output, verdict } = await reportApi({ write: process.argv.includes("--write") });
  if (output) console.log(output);
  process.exitCode = verdict === "passed" ? 0 : 1;
}
