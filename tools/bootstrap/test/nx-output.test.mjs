import { expect, test } from "vitest";
import { keepFailures } from "../nx-output.mjs";

test("only what failed tasks printed is kept, without npm's comments", () => {
  const output = [
    "> nx run a:build",
    "a: fine",
    "b: src/x.ts(1,1): error TS1: wrong",
    "b: npm error code 1",
    "",
    "Failed tasks:",
    "",
    "- b:build",
  ].join("\n");

  expect(keepFailures(output)).toBe("b: src/x.ts(1,1): error TS1: wrong");
});

test("all is kept when nx itself failed", () => {
  expect(keepFailures("nx: no such target")).toBe("nx: no such target");
});
