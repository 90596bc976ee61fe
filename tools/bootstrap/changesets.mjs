import { readFileSync } from "node:fs";
import { join } from "node:path";
import getReleasePlan from "@changesets/get-release-plan";
import { listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { outcomeOfFindings } from "./check.mjs";

/**
 * Checks that all packages are released together and that the waiting release notes can be read.
 *
 * @returns {Promise<import("./check.mjs").Outcome>}
 */
export async function checkChangesets() {
  const { findings, next } = await planRelease(root);
  return outcomeOfFindings(findings, `next release ${next || "empty"}`);
}

/**
 * Works out the next release of a checkout: one version for all, and no leap that nobody asked for.
 *
 * @param {string} base folder of the checkout
 * @returns {Promise<{ findings: string[], next: string }>}
 */
export async function planRelease(base) {
  const names = listPackages(base).map(({ name }) => name);
  const config = JSON.parse(readFileSync(join(base, ".changeset", "config.json"), "utf8"));
  const [group = []] = config.fixed;
  const { releases, changesets } = await getReleasePlan(base);
  const moving = releases.filter(({ type }) => type !== "none");
  const versions = new Set(moving.map(({ newVersion }) => newVersion));
  const asked = changesets.some((note) => note.releases.some(({ type }) => type === "major"));
  const leaps = asked ? [] : moving.filter(({ type }) => type === "major");
  return {
    findings: [
      ...(config.fixed.length === 1 ? [] : [`expected one fixed group, found ${config.fixed.length}`]),
      ...names.filter((name) => !group.includes(name)).map((name) => `${name} is not in the fixed group`),
      ...(versions.size > 1 ? [`the next release has several versions: ${[...versions].join(", ")}`] : []),
      ...leaps.map(({ name }) => `${name} would make a major step that no release note asks for`),
    ],
    next: [...versions].join(", "),
  };
}
