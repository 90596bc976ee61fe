import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sumReports } from "../vitest-report.mjs";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dqrm-report-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/**
 * @param {string} name
 * @param {object} report
 */
function put(name, report) {
  const path = join(folder, name);
  const counts = {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  };
  writeFileSync(path, JSON.stringify({ ...counts, ...report }));
  return path;
}

test("reports are summed", () => {
  const a = put("a.json", { numPassedTests: 3, numPendingTests: 1 });
  const b = put("b.json", { numPassedTests: 2, numTodoTests: 1 });

  expect(sumReports([a, b])).toEqual({ tests: { passed: 5, failed: 0, skipped: 2 }, failures: [] });
});

test("a missing report is a failure", () => {
  expect(sumReports([join(folder, "none.json")]).tests.failed).toBe(1);
});

test("a failed test is named with its message, and a file that could not run counts", () => {
  const path = put("a.json", {
    numFailedTests: 1,
    testResults: [
      { name: "x.test.ts", status: "failed", message: "cannot find module", assertionResults: [] },
      {
        name: "y.test.ts",
        status: "failed",
        message: "",
        assertionResults: [{ status: "failed", fullName: "adds", failureMessages: ["expected 3"] }],
      },
    ],
  });

  const { tests, failures } = sumReports([path]);

  expect(tests.failed).toBe(2);
  expect(failures[0]).toContain("cannot find module");
  expect(failures[1]).toContain("adds\n  expected 3");
});
