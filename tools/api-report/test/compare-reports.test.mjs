import { expect, test } from "vitest";
import { compareReports } from "../compare-reports.mjs";

const report =
  "// A.\n\nexport interface Table {\n    readonly rows: number;\n}\n\nexport declare const a = 1;\n";

test("equal reports do not differ", () => {
  expect(compareReports("x", report, report)).toEqual([]);
});

test("a report that was never written is missing", () => {
  expect(compareReports("x", undefined, report)).toEqual(["x is missing"]);
});

test("a new member shows with the declaration that it belongs to", () => {
  const now = report.replace("}", "    readonly cols: number;\n}");

  expect(compareReports("x", report, now)).toEqual([
    "x: export interface Table",
    "  +     readonly cols: number;",
  ]);
});

test("a declaration that is gone shows as such", () => {
  expect(compareReports("x", report, "// A.\n\nexport declare const a = 1;\n")[0]).toBe(
    "x: export interface Table",
  );
});

test("members that changed places are a difference", () => {
  const before = "type A = {\n    a: 1;\n    b: 2;\n}\n";

  expect(compareReports("x", before, "type A = {\n    b: 2;\n    a: 1;\n}\n")).toEqual([
    "x: type A =",
    "  the order of its lines",
  ]);
});
