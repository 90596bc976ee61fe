import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findBrokenLinks } from "../links.mjs";

let base = "";

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "dqrm-links-"));
});

afterEach(() => rmSync(base, { recursive: true }));

test("links to files and headings that exist are fine", () => {
  writeFileSync(
    join(base, "a.md"),
    "# The `a` page, first\n[b](b.md) [here](#the-a-page-first) [there](b.md#two)",
  );
  writeFileSync(join(base, "b.md"), "## Two\n");

  expect(findBrokenLinks(base)).toEqual([]);
});

test("a missing file and a missing heading are found with their lines", () => {
  writeFileSync(join(base, "a.md"), "# A\n\n[b](b.md)\n[c](#c)\n");

  expect(findBrokenLinks(base)).toEqual([
    "a.md:3: b.md does not exist",
    "a.md:4: #c: there is no such heading",
  ]);
});

test("code is not searched for links", () => {
  writeFileSync(join(base, "a.md"), "`[b](b.md)`\n\n```md\n[b](b.md)\n```\n");

  expect(findBrokenLinks(base)).toEqual([]);
});
