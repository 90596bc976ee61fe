import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../workspace/root.mjs";
import { checkClaims } from "./check-claims.mjs";
import { readClaims } from "./read-claims.mjs";
import { countText, renderPage } from "./render-claims.mjs";

const page = join(root, "docs", "paper", "claims.md");

/**
 * Checks that every claim of the paper leads to code, tests, a command and a result, and that docs/paper/claims.md says so.
 *
 * @param {{ write: boolean }} options whether the page is written anew
 * @returns {Promise<import("../bootstrap/check.mjs").Outcome>}
 */
export async function checkPaperCoverage({ write }) {
  const claims = readClaims(readFileSync(join(root, "docs", "paper", "claims.csv"), "utf8"));
  const findings = checkClaims(root, claims, await listExperiments()).map(
    (text) => `docs/paper/claims.csv, ${text}`,
  );
  const before = readFileSync(page, "utf8");
  const after = renderPage(before, claims);
  if (write) writeFileSync(page, after);
  else if (after !== before) {
    findings.push(
      "docs/paper/claims.md is not what claims.csv says: node tools/paper-coverage/paper-coverage.mjs --write",
    );
  }
  const verdict = findings.length === 0 ? "passed" : "failed";
  return { verdict, output: findings.join("\n"), note: countText(claims) };
}

/** @returns {Promise<string[]>} */
async function listExperiments() {
  const built = join(root, "packages", "dqrm", "dist", "experiment", "experiments.js");
  const { EXPERIMENTS } = await import(pathToFileURL(built).href);
  return Object.keys(EXPERIMENTS);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { note, output, verdict } = await checkPaperCoverage({ write: process.argv.includes("--write") });
  if (output) console.log(output);
  console.log(note);
  process.exitCode = verdict === "passed" ? 0 : 1;
}
