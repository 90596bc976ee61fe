import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { measure } from "./measure.mjs";

/** @import { Budget, Cost } from "./measure.mjs" */

/** @returns {Record<string, readonly Budget[]>} */
function readBudgets() {
  return JSON.parse(readFileSync(join(root, "tools", "ledger", "budgets.json"), "utf8"));
}

/** @returns {{ folder: string, costs: Cost[], strays: string[], unbuilt: string[] }[]} */
function measureAll() {
  const budgets = readBudgets();
  return listPackages().map(({ folder, path }) => ({ folder, ...measure(path, budgets[folder] ?? []) }));
}

/**
 * Checks lines and bytes of every package against tools/ledger/budgets.json.
 *
 * @returns {Promise<import("../bootstrap/check.mjs").Outcome>}
 */
export async function checkBudgets() {
  const measured = measureAll();
  const findings = measured.flatMap(({ folder, costs, strays, unbuilt }) => [
    ...strays.map((name) => `packages/${folder}/src/${name} belongs to no part in tools/ledger/budgets.json`),
    ...unbuilt.map((name) => `packages/${folder}/dist has no JavaScript of src/${name} to measure`),
    ...costs.flatMap((cost) => overspent(folder, cost)),
  ]);
  const all = measured.flatMap(({ costs }) => costs);
  const note = `${sum(all, "lines")} lines, ${kilobytes(sum(all, "gzipBytes"))} gzipped`;
  return { verdict: findings.length === 0 ? "passed" : "failed", output: findings.join("\n"), note };
}

/**
 * @param {string} folder
 * @param {Cost} cost
 */
function overspent(folder, cost) {
  if (cost.files === 0) return [`${folder}, ${cost.part}: the budget names no file that exists`];
  return /** @type {const} */ (["lines", "gzipBytes"]).flatMap((unit) => {
    const allowed = cost.budget[unit] ?? Infinity;
    return cost[unit] <= allowed
      ? []
      : [`${folder}, ${cost.part}: ${cost[unit]} ${unit}, the budget is ${allowed}`];
  });
}

/**
 * @param {readonly Cost[]} costs
 * @param {"files" | "lines" | "bytes" | "gzipBytes"} unit
 */
function sum(costs, unit) {
  return costs.reduce((total, cost) => total + cost[unit], 0);
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/** Prints the ledger as a table in Markdown. */
function printLedger() {
  console.log("| package | part | files | lines (budget) | JavaScript | gzipped (budget) |");
  console.log("| --- | --- | ---: | ---: | ---: | ---: |");
  for (const { folder, costs } of measureAll()) {
    if (costs.length > 1) {
      const [files, lines] = [sum(costs, "files"), sum(costs, "lines")];
      const [bytes, gzipBytes] = [kilobytes(sum(costs, "bytes")), kilobytes(sum(costs, "gzipBytes"))];
      console.log(`| ${folder} | all | ${files} | ${lines} | ${bytes} | ${gzipBytes} |`);
    }
    for (const { part, files, lines, bytes, gzipBytes, budget } of costs) {
      const lineBudget = budget.lines === undefined ? "" : ` (${budget.lines})`;
      const byteBudget = budget.gzipBytes === undefined ? "" : ` (${kilobytes(budget.gzipBytes)})`;
      console.log(
        `| ${folder} | ${part} | ${files} | ${lines}${lineBudget} | ${kilobytes(bytes)} | ${kilobytes(gzipBytes)}${byteBudget} |`,
      );
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) printLedger();
