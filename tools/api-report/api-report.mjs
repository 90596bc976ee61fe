import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { shortName } from "../workspace/files.mjs";
import { listEntries, listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { renderEntry } from "./render-entry.mjs";

/**
 * Compares the declarations that the packages ship with the reports in their `api/`, or writes these anew.
 *
 * @param {{ write: boolean }} options
 * @returns {Promise<import("../bootstrap/check.mjs").Outcome>}
 */
export async function reportApi({ write }) {
  const entries = listPackages().flatMap((item) => listEntries(item).map((entry) => ({ item, ...entry })));
  const program = ts.createProgram(
    entries.map(({ types }) => types),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
      noEmit: true,
    },
  );
  const findings = [];
  for (const { item, entry, specifier, types } of entries) {
    const report = join(item.path, "api", `${entry}.api.d.ts`);
    const text = renderEntry(program, types, specifier);
    if (write) {
      mkdirSync(dirname(report), { recursive: true });
      writeFileSync(report, text);
    } else findings.push(...compare(report, text));
  }
  const hint =
    findings.length === 0 ? [] : ["If the change is meant: npm run api, and commit the difference."];
  return { verdict: findings.length === 0 ? "passed" : "failed", output: [...findings, ...hint].join("\n") };
}

/**
 * @param {string} report
 * @param {string} text
 */
function compare(report, text) {
  const name = shortName(root, report);
  if (!existsSync(report)) return [`${name} is missing`];
  const before = readFileSync(report, "utf8").split("\n\n");
  const after = text.split("\n\n");
  return [
    ...before
      .filter((block) => !after.includes(block))
      .map((block) => `${name}: no longer\n${prefix("- ", block)}`),
    ...after
      .filter((block) => !before.includes(block))
      .map((block) => `${name}: now\n${prefix("+ ", block)}`),
  ];
}

/**
 * @param {string} mark
 * @param {string} text
 */
function prefix(mark, text) {
  return text.trimEnd().replace(/^/gm, mark);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { output, verdict } = await reportApi({ write: process.argv.includes("--write") });
  if (output) console.log(output);
  process.exitCode = verdict === "passed" ? 0 : 1;
}
