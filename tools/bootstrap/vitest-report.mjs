import { existsSync, readFileSync } from "node:fs";
import { shortName } from "../workspace/files.mjs";
import { root } from "../workspace/root.mjs";

/** @import { Tally } from "./check.mjs" */

// The first lines of a failure say what was expected; the rest is a stack.
const MESSAGE_LINES = 12;

/**
 * Describes what is read of vitest's JSON report.
 *
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{
 *   name: string,
 *   status: string,
 *   message: string,
 *   assertionResults: { status: string, fullName: string, failureMessages: string[] }[],
 * }[]} testResults
 */

/**
 * Sums vitest's JSON reports, and lists what failed. A missing report and a file that could not run count as failures.
 *
 * @param {readonly string[]} paths of the reports
 * @returns {{ tests: Tally, failures: string[] }}
 */
export function sumReports(paths) {
  const tests = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  for (const path of paths) {
    if (!existsSync(path)) {
      tests.failed += 1;
      failures.push(`${shortName(root, path)}: the tests did not run`);
      continue;
    }
    /** @type {Report} */
    const report = JSON.parse(readFileSync(path, "utf8"));
    const broken = report.testResults.filter(isBroken);
    tests.passed += report.numPassedTests;
    tests.failed += report.numFailedTests + broken.length;
    tests.skipped += report.numPendingTests + report.numTodoTests;
    failures.push(...listFailures(report));
  }
  return { tests, failures };
}

/** @param {Report["testResults"][number]} file */
function isBroken({ status, assertionResults }) {
  return status === "failed" && !assertionResults.some((item) => item.status === "failed");
}

/** @param {Report} report */
function listFailures({ testResults }) {
  return testResults.flatMap((file) => [
    ...(isBroken(file) ? [`${shortName(root, file.name)}: ${firstLines(file.message)}`] : []),
    ...file.assertionResults
      .filter(({ status }) => status === "failed")
      .map(
        (item) =>
          `${shortName(root, file.name)}: ${item.fullName}\n  ${firstLines(item.failureMessages.join("\n"))}`,
      ),
  ]);
}

/** @param {string} text */
function firstLines(text) {
  return text
    .split("\n")
    .filter((line) => !/^\s+at .*node_modules/.test(line))
    .slice(0, MESSAGE_LINES)
    .join("\n  ");
}
