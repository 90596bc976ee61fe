import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { followPage } from "../follow-page.mjs";
import { readSteps } from "../read-page.mjs";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dqrm-walkthrough-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** @param {string} page */
const follow = (page) => followPage(page, { folder, env: process.env });

/**
 * @param {string} info
 * @param {...string} lines
 */
const block = (info, ...lines) => ["```" + info, ...lines, "```", "", ""].join("\n");

test("files are written, changed and run where the reader stands", async () => {
  const page = [
    block("sh", "mkdir inside", "cd inside"),
    block("js say.js", "console.log(1);", "console.log(2);"),
    block("diff say.js", "-console.log(2);", "+console.log(3);"),
    block("sh", "node say.js"),
    block("text", "1", "3"),
  ].join("");

  const { findings, steps } = await follow(page);

  expect(findings).toEqual([]);
  expect(steps).toBe(4);
  expect(readFileSync(join(folder, "inside", "say.js"), "utf8")).toBe("console.log(1);\nconsole.log(3);\n");
});

test("a command that does not fail as the page says is a finding", async () => {
  expect((await follow(block("sh fails", "true"))).findings[0]).toMatch(/^line 1: expected a failure/);
  expect((await follow(block("sh fails", "false"))).findings).toEqual([]);
  expect((await follow(block("sh", "false", "true"))).findings[0]).toMatch(/^line 1: expected success/);
});

test("lines that are missing or in another order are a finding", async () => {
  const page = (/** @type {string[]} */ ...lines) =>
    block("sh", "echo one; echo two") + block("text", ...lines);

  expect((await follow(page("one", "two"))).findings).toEqual([]);
  expect((await follow(page("two", "one"))).findings[0]).toContain('expected the line "one"');
});

test("a change of lines that the file does not have once is a finding", async () => {
  const page = block("js a.js", "x", "x") + block("diff a.js", "-x", "+y");

  expect((await follow(page)).findings).toEqual(["line 6: a.js has the lines 2 times, expected once"]);
});

test("blocks that are only to be read are no steps", () => {
  expect(readSteps(block("", "npm run new-kernel fast") + block("ts doctest", "1; // => 1"))).toEqual([]);
});
