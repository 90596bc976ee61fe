import { rmSync } from "node:fs";
import { join } from "node:path";
import { testSanitized } from "../../packages/kernels-native/scripts/test-sanitized.mjs";
import { reportApi } from "../api-report/api-report.mjs";
import { runExamples } from "../doctest/run-examples.mjs";
import { findFloorViolations } from "../floors/floors.mjs";
import { checkGemmShare } from "../gemm-share/gemm-share.mjs";
import { checkGenerators } from "../generators/check-generators.mjs";
import { checkBudgets } from "../ledger/ledger.mjs";
import { findBrokenLinks } from "../links/links.mjs";
import { checkPaperCoverage } from "../paper-coverage/paper-coverage.mjs";
import { verifyPublished } from "../verify-published/verify-published.mjs";
import { listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";
import { checkChangesets } from "./changesets.mjs";
import { outcomeOf, outcomeOfFindings } from "./check.mjs";
import { buildPackages, runTargets } from "./nx.mjs";
import { checkQuietImports } from "./quiet-imports.mjs";
import { checkToolchain } from "./toolchain.mjs";
import { sumReports } from "./vitest-report.mjs";

/** @import { Check, Outcome } from "./check.mjs" */

const cache = join(root, ".nx", "cache");

/** @param {readonly string[]} path */
const installed = (...path) => join(root, "node_modules", ...path);

/** @param {readonly string[]} args */
async function runProgram(...args) {
  return outcomeOf(
    await runNode(args, { cwd: root, env: { ...process.env, FORCE_COLOR: "0", NO_COLOR: "1" } }),
  );
}

/** @returns {Promise<Outcome>} */
async function runUnitTests() {
  const reports = listPackages().map(({ path }) => join(path, ".tsc", "vitest.json"));
  for (const path of reports) rmSync(path, { force: true });
  const { verdict, output } = outcomeOf(await runTargets(["test"]));
  const { tests, failures } = sumReports(reports);
  return { verdict, output: failures.length === 0 ? output : failures.join("\n"), tests };
}

/** @returns {Promise<Outcome>} */
async function runSanitizedTests() {
  const report = join(root, "packages", "kernels-native", ".tsc", "vitest-sanitized.json");
  rmSync(report, { force: true });
  const outcome = await testSanitized([
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  return outcome.verdict === "skipped" ? outcome : { ...outcome, tests: sumReports([report]).tests };
}

/** What it asks exists only once the packages are built. @returns {Promise<Outcome>} */
async function runSupportCheck() {
  const { checkSupport } = await import("../support-table/support-table.mjs");
  return checkSupport({ write: false });
}

/** @returns {Promise<Outcome>} */
async function runToolTests() {
  const report = join(root, "tools", ".tsc", "vitest.json");
  rmSync(report, { force: true });
  const outcome = await runProgram(
    installed("vitest", "vitest.mjs"),
    "run",
    "--root",
    "tools",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  );
  return { ...outcome, tests: sumReports([report]).tests };
}

/** @returns {Promise<Outcome>} */
async function typecheck() {
  const packages = await runTargets(["typecheck"]);
  if (packages.code !== 0) return outcomeOf(packages);
  return runProgram(installed("@typescript", "native", "bin", "tsc"), "-p", "tools/tsconfig.json");
}

/**
 * What everything else stands on; run first, one after the other.
 *
 * @type {readonly Check[]}
 */
export const preparations = [
  { name: "toolchain", about: "Node is new enough and tsc is the native compiler", run: checkToolchain },
  { name: "build", about: "every package compiles", run: async () => outcomeOf(await buildPackages()) },
];

/**
 * Every check of the repository, those that take long first.
 *
 * @type {readonly Check[]}
 */
export const checks = [
  {
    name: "published",
    needsBuild: true,
    about: "each package, published and installed alone, does its work",
    run: verifyPublished,
  },
  { name: "test", needsBuild: true, about: "the tests of every package", lane: "nx", run: runUnitTests },
  {
    name: "sanitized",
    about: "the native kernels pass their tests under AddressSanitizer and UBSan",
    lane: "nx",
    run: runSanitizedTests,
  },
  {
    name: "lint",
    about: "the style sheet, as far as a machine can check it",
    run: () =>
      runProgram(
        installed("eslint", "bin", "eslint.js"),
        ".",
        "--cache",
        "--cache-location",
        join(cache, "eslint"),
      ),
  },
  {
    name: "generators",
    about: "new packages, kernels and codecs begin with a failing test",
    run: checkGenerators,
  },
  {
    name: "package",
    needsBuild: true,
    about: "publint and are-the-types-wrong accept every package",
    lane: "nx",
    run: async () => outcomeOf(await runTargets(["pkg"])),
  },
  {
    name: "typecheck",
    needsBuild: true,
    about: "sources, tests and tools have sound types",
    lane: "nx",
    run: typecheck,
  },
  { name: "tools", about: "the tests of the tools", run: runToolTests },
  {
    name: "examples",
    needsBuild: true,
    about: "every example in a doc comment or page gives what it says",
    run: runExamples,
  },
  {
    name: "api",
    needsBuild: true,
    about: "the reports in api/ say what the packages export",
    run: () => reportApi({ write: false }),
  },
  {
    name: "format",
    about: "prettier has nothing to change",
    run: () =>
      runProgram(
        installed("prettier", "bin", "prettier.cjs"),
        "--check",
        "--cache",
        "--cache-location",
        join(cache, "prettier"),
        "--log-level=warn",
        ".",
      ),
  },
  {
    name: "unused",
    about: "no file, export or dependency is left over",
    run: () => runProgram(installed("knip", "bin", "knip.js"), "--no-progress"),
  },
  {
    name: "support",
    needsBuild: true,
    about: "docs/support.md says what the backends answer to the kits",
    lane: "process",
    run: runSupportCheck,
  },
  {
    name: "imports",
    needsBuild: true,
    about: "importing a package does nothing",
    lane: "process",
    run: checkQuietImports,
  },
  {
    name: "gemm-share",
    needsBuild: true,
    about: "the native matrix products reach half the peak of the machine",
    run: checkGemmShare,
  },
  {
    name: "floors",
    about: "imports go downwards only",
    run: async () => outcomeOfFindings(findFloorViolations(root)),
  },
  {
    name: "budgets",
    needsBuild: true,
    about: "lines and bytes stay below their budgets",
    run: checkBudgets,
  },
  {
    name: "links",
    about: "every link in the documents leads somewhere",
    run: async () => outcomeOfFindings(findBrokenLinks(root)),
  },
  {
    name: "paper",
    needsBuild: true,
    about: "every claim of the paper leads to code, tests, a command and a result",
    run: () => checkPaperCoverage({ write: false }),
  },
  {
    name: "changesets",
    about: "one fixed group, and every release note is well formed",
    run: checkChangesets,
  },
];
