import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFormatted } from "./scaffold.mjs";

// Twice what a skeleton weighs; set it to what the package needs once that is known.
const FIRST_GZIP_BUDGET_BYTES = 10_000;

/**
 * Adds a new package to the lists that name every package, the release group and the ledger, and gives it the licence.
 *
 * @param {string} base folder of the checkout
 * @param {string} folder of the package, below packages/
 * @param {string} name published name
 */
export async function registerPackage(base, folder, name) {
  copyFileSync(join(base, "LICENSE"), join(base, "packages", folder, "LICENSE"));
  await edit(join(base, ".changeset", "config.json"), (config) => config.fixed[0].push(name));
  await edit(join(base, "tools", "ledger", "budgets.json"), (budgets) => {
    budgets[folder] = [{ part: "all", paths: [""], gzipBytes: FIRST_GZIP_BUDGET_BYTES }];
  });
}

/**
 * @param {string} path
 * @param {(content: any) => void} change
 */
async function edit(path, change) {
  const content = JSON.parse(readFileSync(path, "utf8"));
  change(content);
  await writeFormatted(path, JSON.stringify(content));
}
