import { describe, expect, test } from "vitest";
import { failure } from "./call.ts";

describe("a wrong call ends with exit code 2 and error USAGE", () => {
  test.each([
    ["an unknown command", ["trian"], "unknown command 'trian'"],
    ["an unknown flag", ["inspect", "x", "--jsn"], "unknown option '--jsn'"],
    [
      "a missing required option",
      ["evaluate", "--model", "x"],
      "required option '--data <file>' not specified",
    ],
    ["train without --out", ["train", "--data", "x"], "required option '--out <dir>' not specified"],
    ["a missing argument", ["inspect"], "missing required argument 'path'"],
    ["too many arguments", ["inspect", "a", "b"], "too many arguments"],
    ["--set without =", ["train", "--data", "x", "--out", "y", "--set", "a"], "expected key=value"],
    [
      "a number that is none",
      ["train", "--data", "x", "--out", "y", "--epochs", "many"],
      "whole number of at least 1",
    ],
    ["an unknown benchmark", ["bench", "columns"], "unknown command 'columns'"],
    ["an unknown experiment", ["experiment", "figure9"], 'experiment "figure9" is not known'],
    [
      "an unknown variant",
      ["experiment", "figure1", "--variants", "INT3"],
      "expected some of FP32, INT8, INT4, INT2",
    ],
    [
      "a dlrm flag's unknown value",
      ["train", "--data", "x", "--out", "y", "--optimizer", "adam"],
      "expected sgd",
    ],
  ])("%s", async (_name, args, message) => {
    const { code, line, out } = await failure(args);

    expect(code).toBe(2);
    expect(line).toMatch(/^error USAGE: /);
    expect(line).toContain(message);
    expect(out).toBe("");
  });
});
