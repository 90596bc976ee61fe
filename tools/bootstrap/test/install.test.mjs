import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isInstalled } from "../install.mjs";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dqrm-install-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/**
 * @param {string} path
 * @param {Record<string, object>} packages
 */
function putLock(path, packages) {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify({ packages }));
}

const wanted = { "": {}, "packages/core": {}, "node_modules/a": { version: "1.0.0" } };

test("a folder without node_modules is not installed", () => {
  putLock("package-lock.json", wanted);

  expect(isInstalled(folder)).toBe(false);
});

test("the same versions are installed", () => {
  putLock("package-lock.json", wanted);
  putLock("node_modules/.package-lock.json", { "node_modules/a": { version: "1.0.0" } });

  expect(isInstalled(folder)).toBe(true);
});

test("another version or a missing package is not installed", () => {
  putLock("package-lock.json", { ...wanted, "node_modules/b": { version: "1.0.0" } });
  putLock("node_modules/.package-lock.json", { "node_modules/a": { version: "1.0.0" } });

  expect(isInstalled(folder)).toBe(false);
});

test("an optional package of another machine may be missing", () => {
  putLock("package-lock.json", { ...wanted, "node_modules/b": { version: "1.0.0", optional: true } });
  putLock("node_modules/.package-lock.json", { "node_modules/a": { version: "1.0.0" } });

  expect(isInstalled(folder)).toBe(true);
});
