import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { measure } from "../measure.mjs";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dqrm-ledger-"));
  mkdirSync(join(folder, "src", "plan"), { recursive: true });
  mkdirSync(join(folder, "dist", "plan"), { recursive: true });
  writeFileSync(join(folder, "src", "plan", "plan.ts"), "a;\nb;\n");
  writeFileSync(join(folder, "src", "plan", "executor.ts"), "a;\nb;\nc;\n");
  writeFileSync(join(folder, "dist", "plan", "plan.js"), "a;\n");
});

afterEach(() => rmSync(folder, { recursive: true }));

test("a file counts for the first part that names it or its folder", () => {
  const { costs, strays } = measure(folder, [
    { part: "interfaces", paths: ["plan/plan.ts"] },
    { part: "executor", paths: ["plan/"] },
  ]);

  expect(costs.map(({ part, files, lines, bytes }) => [part, files, lines, bytes])).toEqual([
    ["interfaces", 1, 2, 3],
    ["executor", 1, 3, 0],
  ]);
  expect(strays).toEqual([]);
});

test("a file of no part is a stray", () => {
  expect(measure(folder, [{ part: "interfaces", paths: ["plan/plan.ts"] }]).strays).toEqual([
    "plan/executor.ts",
  ]);
});

test("a file without an output is named, for nothing would count its bytes", () => {
  expect(measure(folder, [{ part: "all", paths: [""] }]).unbuilt).toEqual(["plan/executor.ts"]);
});
